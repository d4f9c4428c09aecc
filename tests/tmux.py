"""A terminal to look at: tmux, with a shell in it that tells what a command has left behind."""

import asyncio
import os
import shutil
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gate import LIMIT, next_look

ROOT = Path(__file__).parents[1]
BEFORE = "this is the main screen"
SCRIPT = f"""\
echo '{BEFORE}'
stty -g >before
sh -c 'echo $$ >pid; exec "$@"' sh "$@"
echo "ended with $?"
stty -g >after.new
mv after.new after
exec cat
"""


class Pane:
    """One terminal with one command in it."""

    def __init__(self, place: Path) -> None:
        self.place = place

    async def tmux(self, *words: str) -> str:
        """What that command of tmux prints."""
        # Without a folder in its name the socket's path would be too long for where tests are run.
        tmux = await asyncio.create_subprocess_exec(
            "tmux", "-u", "-L", f"simgate-{os.getpid()}", "-f", "/dev/null", *words, stdout=PIPE, stderr=PIPE, cwd=self.place
        )
        out, err = await tmux.communicate()
        assert tmux.returncode == 0, err.decode()
        return out.decode()

    async def picture(self, *words: str) -> list[str]:
        """What it shows, line by line."""
        return (await self.tmux("capture-pane", "-p", *words, "-t", self.place.name)).splitlines()

    async def shows(self, *words: str, without: str | None = None) -> list[str]:
        """Wait until it shows all of these, and not that."""
        lines: list[str] = []
        try:
            async with asyncio.timeout(LIMIT):
                while True:
                    lines = await self.picture()
                    text = "\n".join(lines)
                    if all(word in text for word in words) and (without is None or without not in text):
                        return lines
                    await next_look(0.06)  # each costs a process
        except TimeoutError:
            raise AssertionError(f"{words} not in, or {without!r} still in:\n" + "\n".join(lines)) from None

    async def press(self, *keys: str) -> None:
        """Keys by the names that tmux has for them."""
        await self.tmux("send-keys", "-t", self.place.name, *keys)

    async def kill(self, number: int) -> None:
        """That signal to the command."""
        os.kill(int((self.place / "pid").read_text()), number)

    async def left_clean(self, *said: str) -> None:
        """Wait for the end of the command; then all of the terminal is as it was."""
        await self.shows(BEFORE, "ended with", *said)
        async with asyncio.timeout(LIMIT):
            while not (self.place / "after").exists():
                await next_look()
        assert (self.place / "after").read_text() == (self.place / "before").read_text()
        state = await self.tmux("display", "-p", "-t", self.place.name, "#{alternate_on} #{cursor_flag} #{pane_mode}")
        assert state.split() == ["0", "1"], "the other screen, or no cursor"


@asynccontextmanager
async def pane(place: Path, width: int, height: int, *words: str, **more: str) -> AsyncIterator[Pane]:
    """That command of Python in a terminal of that size; `more` goes into its environment."""
    assert shutil.which("tmux"), "the Debian package tmux is missing: apt-get install tmux"
    place = Path(tempfile.mkdtemp(prefix="pane-", dir=place))
    (place / "script").write_text(SCRIPT)
    clean = [f"-u{name}" for name in os.environ if name.startswith(("SIMGATE", "NO_COLOR", "COLUMNS", "LINES"))]
    variables = [f"{name}={value}" for name, value in {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **more}.items()]
    made = Pane(place)
    await made.tmux(
        *("new-session", "-d", "-s", place.name, "-x", str(width), "-y", str(height), "-c", str(place)),
        *("env", *clean, *variables, "sh", "script", sys.executable, *words),
    )
    try:
        await made.tmux("set", "-t", place.name, "status", "off")
        yield made
    finally:
        await made.tmux("kill-session", "-t", place.name)
