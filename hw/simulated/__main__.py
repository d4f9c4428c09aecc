"""A rack of its own process: writes DIR/simgate.toml and DIR/api.key for an agent, prints "ready", and obeys command lines on stdin."""

import argparse
import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from agent.errors import SimgateError
from hw.simulated.family import families
from hw.simulated.rack import Rack
from hw.simulated.sim import fresh

NOWHERE = "http://127.0.0.1:9"  # the discard port: refuses, so that an agent without an endpoint has one that is down

VERBS = "eject SLOT [silent] | insert SLOT [INDEX] | unplug SLOT | plug SLOT | hang SLOT [late] | resume SLOT | list | quit"


def obey(rack: Rack, line: str) -> list[str]:
    """One command line; what there is to print. SimgateError when it cannot be done, ValueError when it is none."""
    match line.split():
        case ["list"]:
            return [_shown(rack, number) for number in range(1, len(rack.ports) + 1)]
        case [("unplug" | "plug" | "resume" | "hang" | "eject" | "insert") as verb, slot]:
            getattr(rack.slot(int(slot)), verb)()
        case ["eject", slot, "silent"]:
            rack.slot(int(slot)).eject(silent=True)
        case ["hang", slot, "late"]:
            rack.slot(int(slot)).hang(late=True)
        case ["insert", slot, index]:
            rack.slot(int(slot)).insert(fresh(int(index)))
        case _:
            raise ValueError(f"not a command: {line!r}; {VERBS}")
    return [f"ok {line}"]


def _shown(rack: Rack, number: int) -> str:
    port = rack.slot(number)
    sim = port.modem.sim
    return " ".join(
        (
            str(number),
            rack.slot_name(number),
            port.modem.family.name,
            "plugged" if port.plugged else "unplugged",
            (sim.number or "no-number") if sim else "no-sim",
        )
    )


class Console:
    """Command lines from stdin to the rack; `done` is set by quit, and by the end of stdin when that was asked for."""

    def __init__(self, rack: Rack, done: asyncio.Event, *, until_eof: bool) -> None:
        self._done = done
        self._rack = rack
        self._until_eof = until_eof
        self._begun = b""
        self._loop = asyncio.get_running_loop()

    def open(self) -> None:
        """Listen; a file, or a stdin that is closed, has all been said at once."""
        try:
            self._loop.add_reader(0, self._heard)
        except OSError:  # epoll refuses files
            while self._heard():
                pass

    def close(self) -> None:
        """Listen no more."""
        self._loop.remove_reader(0)

    def _heard(self) -> bool:
        try:
            octets = os.read(0, 4096)
        except OSError:
            octets = b""
        *lines, self._begun = (self._begun + (octets or b"\n")).split(b"\n")
        for line in filter(None, (line.decode("utf-8", "replace").strip() for line in lines)):
            self._obey(line)
        if not octets:
            self._loop.remove_reader(0)
            if self._until_eof:
                self._done.set()
        return bool(octets)

    def _obey(self, line: str) -> None:
        if line == "quit":
            self._done.set()
            return
        try:
            shown = obey(self._rack, line)
        except (SimgateError, ValueError) as error:
            shown = [f"error {error}"]
        print("\n".join(shown), flush=True)


async def run(options: argparse.Namespace) -> None:
    """The rack, until it is told to end."""
    directory: Path = options.dir
    key = secrets.token_hex(16)
    done = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, done.set)
    async with AsyncExitStack() as stack:
        rack = stack.enter_context(Rack.of(options.modems, directory, family=options.family, delay=options.delay))
        url = options.url
        if options.endpoint:
            url, stop = await _endpoint(key)
            stack.push_async_callback(stop)
        _write(directory / "api.key", key + "\n")
        _write(directory / "simgate.toml", rack.toml(url, lines=options.lines))
        print("ready", flush=True)
        console = Console(rack, done, until_eof=options.until_eof)
        console.open()
        stack.callback(console.close)
        await done.wait()


async def _endpoint(key: str) -> tuple[str, Callable[[], Awaitable[None]]]:
    # Imported here: its web server costs more than a whole rack, and most racks are without.
    from hw.simulated.endpoint import SimulatedEndpoint  # noqa: PLC0415

    endpoint = SimulatedEndpoint(key=key)
    await endpoint.start()
    return endpoint.url, endpoint.close


def _write(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m hw.simulated", description=__doc__, epilog=f"Commands on stdin: {VERBS}")
    parser.add_argument("--modems", type=int, default=4, metavar="N", help="how many")
    parser.add_argument("--delay", type=float, default=0.02, metavar="SECONDS", help="that a modem takes to answer")
    parser.add_argument("--dir", type=Path, required=True, help="where ttys, configuration and key go")
    parser.add_argument("--family", choices=["mixed", *families()], default="mixed", help="of all modems, or all of them in turn")
    parser.add_argument("--lines", action="store_true", help="give the slots presence lines and LEDs while there are pins")
    parser.add_argument("--until-eof", action="store_true", help="end with stdin")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--endpoint", action="store_true", help="an endpoint of its own")
    where.add_argument("--url", default=NOWHERE, help="of somebody else's endpoint")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    asyncio.run(run(options(sys.argv[1:])))
