"""What a verb shows while it waits: one line on stderr, for people alone."""

import sys
import threading
import time
from types import TracebackType
from typing import Self, TextIO

PATIENCE = 1.0  # seconds that nobody wants to be told of


class Waiting:
    """Inside `with`, after a second, `what` is waited for and how long already; the line is gone at the end. Only on a terminal."""

    def __init__(self, what: str, out: TextIO | None = None, patience: float = PATIENCE) -> None:
        self._what, self._out, self._patience = what, out or sys.stderr, patience
        self._over, self._lock = threading.Event(), threading.Lock()
        self._shown = 0
        self._thread = threading.Thread(target=self._count, name="waiting", daemon=True) if self._out.isatty() else None

    def __enter__(self) -> Self:
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        self._put("")

    def say(self, line: str) -> None:
        """A line that stays, on stderr."""
        self._put("")
        self._out.write(f"{line}\n")

    def _count(self) -> None:
        began = time.monotonic()
        while not self._over.wait(self._patience):
            self._put(f"waiting for {self._what}: {time.monotonic() - began:.0f} s")

    def _put(self, text: str) -> None:
        # Blanks instead of an escape sequence: any terminal knows them.
        with self._lock:
            if text or self._shown:
                self._out.write(f"\r{' ' * self._shown}\r{text}")
                self._out.flush()
            self._shown = len(text)
