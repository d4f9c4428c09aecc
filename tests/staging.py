"""A machine that is not this one: its files as the kernel lays them out, what its commands print, and a doctor who visits it."""

import asyncio
import struct
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from owed import Time
from sysfs import Tree

from agent.cli.common import ask
from agent.doctor.finding import Finding, Result
from agent.doctor.host import Host
from agent.doctor.visit import Visit, World, visit
from agent.modems.library import shipped
from agent.ports import Board, Wiring
from hw.board import build
from hw.chips import Chips
from hw.inspect.host import inspect
from hw.inspect.roots import Roots

NOTES = shipped()
GROUPS = "root:x:0:\ndialout:x:20:pi\ngpio:x:993:pi\nsimgate:x:990:pi\n"
STATUS = "Name:\tpython\nUid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t{} \n"
TOML = """
[gateway]
id = "rack1"
[endpoint]
url = "{url}"
[store]
path = "store/simgate.db"
[control]
socket = "control.sock"
[board]
kind = "{kind}"
"""


class Machine(Tree):
    """A Pi 4 with nothing wrong: the account `pi` in its groups, a disk with room, no ModemManager, a supply that does."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.root, self.proc, self.etc, self.run = root, root / "proc", root / "etc", root / "run"
        self.says: dict[str, str] = {"vcgencmd": "throttled=0x0\n"}
        self.room: int | None = 8 << 30
        self.packages: Mapping[str, str] = {"lgpio": "0.2.2.0"}
        self.environ: dict[str, str] = {"TMPDIR": str(root)}
        self.chips: Chips | None = None
        (root / "store").mkdir()
        self.write("proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.5\0")
        self.write("proc/self/status", STATUS.format("20 990 993"))
        self.write("proc/self/mounts", "/dev/mmcblk0p2 / ext4 rw,noatime 0 0\n")
        self.write("proc/1/comm", "systemd\n")
        self.write("etc/group", GROUPS)
        self.write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\npi:x:1000:1000::/home/pi:/bin/bash\n")
        self.write("sys/fs/ext4/mmcblk0p2/errors_count", "0\n")

    def write(self, name: str, text: str) -> None:
        """One file of it."""
        place = self.root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def process(self, pid: int, name: str, *, holds: str = "") -> None:
        """Another program, with a tty open."""
        self.write(f"proc/{pid}/comm", f"{name}\n")
        if holds:
            (self.root / f"proc/{pid}/fd").mkdir(exist_ok=True)
            (self.root / f"proc/{pid}/fd/3").symlink_to(holds)

    def configure(self, url: str, *slots: str, kind: str = "pi", more: str = "") -> Path:
        """A configuration with these slots, each the TOML of one."""
        names = [f'[[slot]]\nname = "rack1-{turn:02}"\n{slot}\n' for turn, slot in enumerate(slots, 1)]
        file = self.root / "simgate.toml"
        file.write_text(TOML.format(url=url, kind=kind) + "".join(names) + more)
        (self.root / "api.key").write_text("5ecret-k3y")
        return file

    def roots(self) -> Roots:
        """Where it is looked at."""

        def said(words: Sequence[str]) -> str | None:
            return self.says.get(words[0])

        return Roots(
            self.proc,
            self.sysfs,
            self.etc,
            self.run,
            self.dev,
            ask=said,
            free=lambda _: self.room,
            packaged=self.packages.get,
        )

    def inspected(self, *pins: str) -> Host:
        """What it says of itself."""
        return inspect(self.root / "store/simgate.db", pins, self.environ, self.roots(), self.chips)

    def board(self, kind: str, wirings: Sequence[Wiring]) -> Board:
        """Its slots."""
        return build(kind, wirings, sysfs=self.sysfs, dev=self.dev)

    async def visited(self, file: Path, **what: Any) -> Visit:
        """What the doctor finds on it; no agent runs unless `asks` says so."""
        world = World(
            inspect=lambda _store, pins: self.inspected(*pins),
            clock=what.pop("clock", None) or Time(),
            ask=what.pop("asks", None) or partial(ask, str(file)),
            build=what.pop("build", None) or self.board,
            notes=lambda: NOTES,
            table=what.pop("table", None) or dict,
            environ={},
            pid=1,
            **what,
        )
        return await asyncio.to_thread(visit, file, world)  # as the verb, which waits for servers of the tests


class TakenLines:
    """A kernel that has one chip, and one line of it taken: linux/gpio.h, GPIOLINE_FLAG_KERNEL."""

    def __init__(self, taken: int, consumer: bytes) -> None:
        self._taken, self._consumer = taken, consumer

    def __call__(self, _chip: int, _request: int, question: bytes) -> bytes:
        if len(question) == 68:
            return struct.pack("=32s32sI", b"gpiochip0", b"pinctrl-bcm2711", 58)
        offset = int.from_bytes(question[:4], "little")
        mine = offset == self._taken
        return struct.pack("=II32s32s", offset, int(mine), b"", self._consumer if mine else b"")


def bad(findings: Sequence[Finding]) -> dict[str, tuple[str, str]]:
    """Failures and warnings: check -> evidence, mend."""
    return {one.check: (one.evidence, one.mend) for one in findings if one.result in (Result.FAILURE, Result.WARNING)}


def results(findings: Sequence[Finding]) -> dict[str, Result]:
    """Check -> its worst result."""
    return {one.check: one.result for one in reversed(findings)}


def wrong_clock() -> Time:
    """No time service has set it."""
    return Time(synchronised=False)
