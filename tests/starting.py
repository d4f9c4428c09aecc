"""What a verb costs before it has said anything, whatever else the machine does: Python's calls, and the modules they load.

As a process: `python tests/starting.py CONFIG [without-agent]` runs every reporting verb in a fork of its own, and prints a JSON document.
"""

import io
import os
import sys
from collections.abc import Callable, Sequence
from types import FrameType

REPORTING = (
    "--version",
    "--help",
    "status",
    "status --json",
    "slots",
    "slots rack1-01",
    "history",
    "history --csv",
    "queue",
    "sync --dry-run",
    "ask rack1-01 AT+CSQ",
    "number list",
    "number export",
    "led legend",
    "config check",
    "config init --list-boards",
    "watch --json",
    "watch --once",
    "slots --help",
    "number --help",
    "run --help",
    "demo --help",
    "probe --help",
    "detection --help",
    "record --help",
    "replay --help",
    "doctor --help",
    "doctor",
)


WITHOUT_AGENT = ("history", "number list", "number export")  # those that can do without one
# It tells what it looks at, and loads each check when its turn comes: its start is over with the first of them, the configuration's.
TO_THE_SECOND_WORD = ("doctor",)
ALONE = ("--version", "--help", "--list-boards")


def counted(work: Callable[[], None]) -> tuple[int, list[str]]:
    """How often functions are called and left in a fork that does it, and what is loaded in the end."""
    out, into = os.pipe()
    if os.fork() == 0:
        os.close(out)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        calls = 0

        def one(_frame: FrameType, _event: str, _what: object) -> None:
            nonlocal calls
            calls += 1

        code: object = 0
        sys.setprofile(one)
        try:
            work()
        except SystemExit as end:
            code = end.code
        finally:
            sys.setprofile(None)
        os.write(into, " ".join((str(calls), *sys.modules)).encode() if not code else b"")
        os._exit(0)
    os.close(into)
    with os.fdopen(out, "rb") as told:
        heard = told.read()
    os.wait()
    if not heard:
        raise AssertionError(f"{sys.argv}: did not succeed")
    count, *modules = heard.decode().split()
    return int(count), modules


def click() -> None:
    """The measure of all the others."""
    import click  # noqa: F401, PLC0415


def simgate() -> None:
    """As the console script does."""
    from agent.cli.main import main  # noqa: PLC0415

    main()


class Terminal(io.StringIO):
    """The person's, who has seen what there is to see when the second check begins."""

    def isatty(self) -> bool:
        """It is one."""
        return True

    def write(self, text: str) -> int:
        """The end, at that word; octets are click asking what kind of file this is."""
        if "looking at: agent" in str(text):
            sys.exit(0 if "looking at: configuration" in self.getvalue() else 1)
        return super().write(text)


def begun() -> None:
    """The verb, as far as its second word."""
    sys.stderr = Terminal()
    simgate()


def every(config: str, verbs: Sequence[str]) -> dict[str, tuple[int, list[str]]]:
    """All of them, and `import click`."""
    found = {"import click": counted(click)}
    for words in verbs:
        rest = [] if words.endswith(ALONE) else ["--config", config]
        sys.argv = ["simgate", *words.split(), *rest]
        found[words] = counted(begun if words in TO_THE_SECOND_WORD else simgate)
    return found


if __name__ == "__main__":
    import json

    print(json.dumps(every(sys.argv[1], WITHOUT_AGENT if len(sys.argv) > 2 else REPORTING)))
