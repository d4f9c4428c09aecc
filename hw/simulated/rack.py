"""Simulated modems on real ptys: one symlink a slot that stays, whatever happens to the pty behind it."""

import asyncio
import json
import os
import tty
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from agent.errors import PortError
from hw.simulated.family import families
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import SimulatedSim, fresh

HEADER_PINS = 28  # GPIO0 to GPIO27 of the 40-pin header


class SimulatedPort:
    """One modem on one pty, run by the event loop; `path` is the symlink that an agent opens."""

    def __init__(self, modem: SimulatedModem, path: Path) -> None:
        self.modem = modem
        self.path = path
        self._ejected: SimulatedSim | None = None
        self._ends: tuple[int, int] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._expected: list[tuple[str, asyncio.Future[str]]] = []
        modem.on_command = self._note

    @property
    def plugged(self) -> bool:
        """True while there is a tty."""
        return self._ends is not None

    def plug(self) -> None:
        """A new pty behind the symlink, and power for the modem. PortError when it is plugged in."""
        if self._ends is not None:
            raise PortError(f"{self.path.name}: is plugged in already", "unplug it first")
        self._loop = asyncio.get_running_loop()
        # The far end stays open here: the agent may close its own as often as it likes without hanging up the line.
        near, far = self._ends = os.openpty()
        tty.setraw(far)
        os.set_blocking(near, False)
        self._link(os.ttyname(far))
        self._loop.add_reader(near, self._heard)
        self.modem.power_on(self._loop.time())
        self._speak()

    def unplug(self) -> None:
        """Both ends closed: whoever has the tty open sees it hang up. The SIM stays in. PortError when it is not plugged in."""
        if self._ends is None:
            raise PortError(f"{self.path.name}: is not plugged in", "plug it in first")
        near, far = self._ends
        self._ends = None
        self._cancel()
        self._loop.remove_reader(near)
        self.path.unlink(missing_ok=True)
        os.close(far)
        os.close(near)

    def insert(self, sim: SimulatedSim | None = None) -> SimulatedSim:
        """Put a SIM in, by default the one that was ejected last. PortError when there is one in, or none to put in."""
        sim = sim or self._ejected
        if sim is None:
            raise PortError(f"{self.path.name}: no SIM was ejected here", "say which SIM goes in")
        if self.modem.sim is not None:
            raise PortError(f"{self.path.name}: a SIM is in already", "eject it first")
        self.modem.insert(sim, self._now())
        self._speak()
        return sim

    def eject(self, *, silent: bool = False) -> SimulatedSim:
        """Take the SIM out; `silent`: the modem sends no URC. PortError when none is in."""
        if self.modem.sim is None:
            raise PortError(f"{self.path.name}: no SIM is in", "insert one first")
        self._ejected = self.modem.eject(self._now(), silent=silent)
        self._speak()
        return self._ejected

    def restart(self) -> None:
        """The modem restarts by itself; the tty stays, as on a serial line."""
        self.modem.power_on(self._now())
        self._speak()

    def hang(self, *, late: bool = False) -> None:
        """No answer at all until resume(); `late`: the answers come then."""
        self.modem.hang(late=late)
        self._cancel()

    def resume(self) -> None:
        """Come back from hang()."""
        self.modem.resume(self._now())
        self._speak()

    def expect(self, beginning: str) -> asyncio.Future[str]:
        """The next command line that begins so, as soon as the modem hears it; hung or not."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._expected.append((beginning, future))
        return future

    def _note(self, line: str) -> None:
        for beginning, future in self._expected:
            if line.startswith(beginning) and not future.done():
                future.set_result(line)
        self._expected = [waiting for waiting in self._expected if not waiting[1].done()]

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _link(self, target: str) -> None:
        """Created under another name and renamed: the path is never half there."""
        beside = self.path.with_name(f".{self.path.name}.new")
        beside.unlink(missing_ok=True)
        beside.symlink_to(target)
        beside.replace(self.path)

    def _heard(self) -> None:
        if self._ends is not None:
            self.modem.feed(os.read(self._ends[0], 4096), self._loop.time())
            self._speak()

    def _speak(self) -> None:
        """Write what is due, and come back when the next thing is."""
        self._cancel()
        if self._ends is None:
            return
        said = self.modem.take(self._loop.time())
        if said:
            with suppress(BlockingIOError):  # nobody reads: as on any wire, it is lost
                os.write(self._ends[0], said)
        due = self.modem.due()
        if due is not None:
            self._timer = self._loop.call_at(due, self._speak)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Rack:
    """Modems in slots 1, 2, ... of a directory: `slot-01`, `slot-02`, ... Open from `with` to its end; needs a running event loop."""

    def __init__(self, modems: Sequence[SimulatedModem], directory: Path, *, name: str = "rack1") -> None:
        self.name = name
        self.directory = directory.absolute()
        self.ports = tuple(SimulatedPort(modem, self.directory / f"slot-{slot:02}") for slot, modem in enumerate(modems, 1))

    @classmethod
    def of(cls, count: int, directory: Path, *, family: str = "mixed", delay: float = 0.02, name: str = "rack1") -> Self:
        """`count` modems of one family, or of all in turn, each with a fresh SIM. NoteError for a family there is not."""
        names = list(families()) if family == "mixed" else [family]
        modems = [SimulatedModem(names[at % len(names)], fresh(at), delay=delay, serial=at, seed=at) for at in range(count)]
        return cls(modems, directory, name=name)

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def open(self) -> None:
        """Plug every modem in."""
        self.directory.mkdir(parents=True, exist_ok=True)
        for port in self.ports:
            port.plug()

    def close(self) -> None:
        """Unplug what is plugged in; nothing of the rack is left but its directory."""
        for port in self.ports:
            if port.plugged:
                port.unplug()

    def slot(self, number: int) -> SimulatedPort:
        """Slot 1 to the number of modems. PortError outside."""
        if not 1 <= number <= len(self.ports):
            raise PortError(f"slot {number}: there is none", f"slots are 1 to {len(self.ports)}")
        return self.ports[number - 1]

    def slot_name(self, number: int) -> str:
        """The name that the configuration gives it, `rack1-07`."""
        return f"{self.name}-{number:02}"

    def toml(
        self,
        endpoint_url: str,
        directory: Path | None = None,
        *,
        api_key_file: str = "api.key",
        lines: bool = False,
        timing: Mapping[str, float] | None = None,
    ) -> str:
        """A whole configuration, on a mock board; store and socket in `directory`, by default the rack's own.

        `lines`: presence lines for up to 28 slots, LEDs, too, for up to 14.
        """
        home = directory.absolute() if directory else self.directory
        sections = [
            ("gateway", {"id": self.name}),
            ("endpoint", {"url": endpoint_url, "api_key_file": api_key_file}),
            ("store", {"path": str(home / "simgate.db")}),
            ("control", {"socket": str(home / "control.sock")}),
            ("board", {"kind": "mock"}),
        ]
        parts = [_section(f"[{title}]", keys) for title, keys in sections]
        if timing:
            parts.append(_section("[timing]", timing))
        parts += [_section("[[slot]]", self._wiring(number, lines=lines)) for number in range(1, len(self.ports) + 1)]
        return "\n".join(parts)

    def _wiring(self, number: int, *, lines: bool) -> dict[str, str]:
        wiring = {"name": self.slot_name(number), "tty": str(self.ports[number - 1].path)}
        if lines and len(self.ports) <= HEADER_PINS:
            wiring["presence"] = f"GPIO{number - 1}"
        if lines and len(self.ports) <= HEADER_PINS // 2:
            wiring["led"] = f"GPIO{HEADER_PINS // 2 + number - 1}"
        return wiring


def _section(title: str, keys: Mapping[str, str | float]) -> str:
    # A JSON string without \u escapes is a TOML basic string.
    lines = [title, *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in keys.items())]
    return "\n".join(lines) + "\n"
