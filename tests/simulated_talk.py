"""Conversations with a simulated modem: with time handed in, and over a real tty."""

import asyncio
import os
from pathlib import Path

from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import SimulatedSim

ICCID = "8944200053671052499"


IMSI = "234151234567890"


NUMBER = "+447700900123"


def plain_sim(**more: object) -> SimulatedSim:
    return SimulatedSim(**({"iccid": ICCID, "imsi": IMSI, "number": NUMBER} | more))  # type: ignore[arg-type]


class Talk:
    """A conversation with a clock that only moves when it is told to."""

    def __init__(self, family: str = "generic", sim: SimulatedSim | None = None, *, quiet: bool = True, **more: object) -> None:
        self.modem = SimulatedModem(family, sim, **more)  # type: ignore[arg-type]
        self.now = 100.0
        # What never ends and cannot be stopped is not listened to.
        self._deaf_to = set(self.modem.family.chatter) if quiet else set()
        self.modem.power_on(self.now)
        self.boot = self.heard(later=self.modem.boot_for)
        self.ask("ATE0")
        self.ask("AT+CMEE=1")
        if quiet:
            for name, value in (self.modem.family.chatter_stop or {}).items():
                self.ask(f"AT{name}={value}")

    def heard(self, later: float = 0.0) -> list[str]:
        self.now += later
        said = self.modem.take(self.now).decode("latin-1").split("\r\n")
        return [line for line in said if line and line not in self._deaf_to]

    def ask(self, command: str, wait: float = 1.0) -> list[str]:
        self.modem.feed(command.encode() + b"\r", self.now)
        return self.heard(wait)


LIMIT = 20.0
FINAL = ("OK", "ERROR", "+CME ERROR", "COMMAND NOT SUPPORT")


class Wire:
    """The agent's end of a tty: raw octets, no library."""

    def __init__(self, path: Path) -> None:
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self._lines: list[str] = []
        self._rest = b""

    def close(self) -> None:
        os.close(self.fd)

    async def read(self) -> bytes:
        """What has come, at least one octet; b"" after a hang-up."""
        loop = asyncio.get_running_loop()
        readable: asyncio.Future[None] = loop.create_future()
        loop.add_reader(self.fd, self._wake, readable)
        try:
            await asyncio.wait_for(readable, LIMIT)
            return os.read(self.fd, 4096)
        except OSError as error:
            if isinstance(error, TimeoutError):
                raise
            return b""
        finally:
            loop.remove_reader(self.fd)

    @staticmethod
    def _wake(readable: "asyncio.Future[None]") -> None:
        if not readable.done():
            readable.set_result(None)

    async def line(self) -> str:
        while not self._lines:
            octets = await self.read()
            assert octets, "hung up"
            *lines, self._rest = (self._rest + octets).split(b"\r\n")
            self._lines += [line.decode() for line in lines if line]
        return self._lines.pop(0)

    def write(self, command: str) -> None:
        os.write(self.fd, command.encode() + b"\r")

    async def ask(self, command: str) -> list[str]:
        self.write(command)
        lines = [await self.line()]
        while not lines[-1].startswith(FINAL):
            lines.append(await self.line())
        return lines
