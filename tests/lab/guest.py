"""One virtual machine: started, spoken to, frozen, thawed, cut off."""

import asyncio
import base64
import shlex
import time
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from .image import Image
from .pieces import LabError, run
from .qmp import Monitor

# Seconds until a wait gives up, on an emulated processor that others keep busy; each times Arch.pace.
BOOT = 900.0
COMMAND = 600.0
# Nothing that the product could notice; under emulation each costs seconds.
SWIFT = "mitigations=off init_on_alloc=0 rcupdate.rcu_expedited=1 audit=0 nowatchdog cryptomgr.notests systemd.show_status=0"
USB_PORTS = 15  # of each kind, at the root hub of the controller


class Said(NamedTuple):
    """What a script in the guest has said, and its exit code."""

    code: int
    text: str


class Guest:
    """A virtual machine of `image` with `luggage`, on a disk of its own in `place`. Endpoint and modems are in this process."""

    def __init__(self, image: Image, luggage: Path, place: Path) -> None:
        self.image, self.place, self.pace = image, place, image.arch.pace
        self.disk = place / "disk.qcow2"
        self._began = time.monotonic()
        self._luggage = luggage
        self._qemu: Process | None = None
        self._asked = 0
        self.monitor: Monitor

    # Power -----------------------------------------------------------------------------------------------------------

    async def start(self, *, clock: str = "utc", restore: str | None = None) -> None:
        """Power on, and wait for the shell in it; `clock` is QEMU's -rtc base, `restore` the name of a snapshot."""
        if not self.disk.exists():
            run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", self.image.disk, self.disk)
        for socket in ("qmp", "shell"):
            (self.place / socket).unlink(missing_ok=True)
        words = [*self._words(clock), *(("-loadvm", restore) if restore else ())]
        with (self.place / "qemu.log").open("ab") as log:
            self._qemu = await asyncio.create_subprocess_exec(*words, stdin=DEVNULL, stdout=log, stderr=log, cwd=self.place)
        await self._connect(restored=restore is not None)

    def _words(self, clock: str) -> list[str]:
        arch = self.image.arch
        kernel = f"root=/dev/vda console={arch.console} net.ifnames=0 quiet loglevel=4 {SWIFT}"
        return [
            *("setpriv", "--pdeathsig", "KILL"),  # a run that is killed leaves no machine behind
            *(arch.qemu, *self.image.board, "-accel", "tcg,thread=multi"),
            *("-kernel", str(self.image.kernel), "-initrd", str(self.image.initrd), "-append", kernel, "-rtc", f"base={clock}"),
            *("-drive", f"file={self.disk},if=none,id=root,cache=writeback", "-device", "virtio-blk-pci,drive=root"),
            *("-drive", f"file={self._luggage},if=none,id=luggage,format=raw,readonly=on", "-device", "virtio-blk-pci,drive=luggage"),
            *("-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,id=nic"),
            *("-device", f"qemu-xhci,id=xhci,p2={USB_PORTS},p3={USB_PORTS}"),
            *("-device", "virtio-serial-pci", "-chardev", "socket,id=shell,path=shell,server=on,wait=off"),
            *("-device", "virtserialport,chardev=shell,name=lab"),
            *("-serial", "file:console.log", "-qmp", "unix:qmp,server=on,wait=off"),
        ]

    async def _connect(self, *, restored: bool) -> None:
        async with asyncio.timeout(BOOT * self.pace):
            self._reader, self._writer = await self._dial("shell")
            self.monitor = await Monitor.open(*await self._dial("qmp"))
            if not restored:
                await self._up()

    async def _dial(self, name: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        assert self._qemu is not None
        while self._qemu.returncode is None:
            # It is there a moment before anybody listens.
            with suppress(FileNotFoundError, ConnectionRefusedError):
                return await asyncio.open_unix_connection(self.place / name, limit=1 << 24)
            await pause(0.05)
        raise LabError(f"QEMU has ended: {(self.place / 'qemu.log').read_text()}")

    async def _up(self) -> None:
        """The next time that the shell says that it is there."""
        async with asyncio.timeout(BOOT * self.pace):
            line = b""
            while not line.startswith(b"up "):
                line = await self._reader.readline()
                assert line, "QEMU has ended"
        self._note("up")

    async def cut(self) -> None:
        """The power is cut: what the guest has not handed to its disk is lost."""
        assert self._qemu is not None
        self._qemu.kill()
        await self._qemu.wait()
        self._qemu = None
        self.monitor.close()
        self._writer.close()

    async def close(self) -> None:
        """Whatever it is doing."""
        if self._qemu is not None:
            await self.cut()

    async def reboot(self) -> None:
        """As a person would, and wait for the shell."""
        await self.tell("systemctl --no-block reboot")
        await self._up()

    async def save(self, name: str) -> None:
        """A snapshot of disk and memory; there may be no modem plugged in."""
        await self.monitor.human(f"savevm {name}")

    async def load(self, name: str) -> None:
        """Back to it; the guest's clock is then as old as the snapshot."""
        await self.monitor.human(f"loadvm {name}")

    # Speaking to it --------------------------------------------------------------------------------------------------

    async def tell(self, script: str, limit: float = COMMAND) -> Said:
        """Run it as root in bash, and wait for its end: `limit` seconds, times the pace."""
        self._asked += 1
        key = str(self._asked)
        self._note(f"-- {script}")
        self._writer.write(f"{key} {base64.b64encode(script.encode()).decode()}\n".encode())
        try:
            async with asyncio.timeout(limit * self.pace):
                while True:
                    line = (await self._reader.readline()).decode().split()
                    assert line, f"QEMU has ended while it ran: {script}"
                    if line[0] == key:
                        text = base64.b64decode(line[2]).decode("utf-8", "replace") if len(line) > 2 else ""
                        self._note(f"{line[1]} {text.strip()}")
                        return Said(int(line[1]), text.strip())
        except TimeoutError:
            raise AssertionError(f"no end within {limit * self.pace:.0f} s: {script}\n{self.console()}") from None

    async def do(self, script: str, limit: float = COMMAND) -> str:
        """The same, for what must succeed: what it says. AssertionError with all of it when it does not."""
        said = await self.tell(script, limit)
        assert said.code == 0, f"{script}\nended with {said.code}: {said.text}"
        return said.text

    async def write(self, path: str, text: str, mode: str = "644") -> None:
        """A file in the guest."""
        octets = base64.b64encode(text.encode()).decode()
        await self.do(f"base64 -d <<<{octets} | install -D -m {mode} /dev/stdin {shlex.quote(path)}")

    async def until(self, script: str, limit: float = COMMAND) -> str:
        """Ask again until it succeeds; what it says then. AssertionError with its last words."""
        end = time.monotonic() + limit * self.pace
        while True:
            began = time.monotonic()
            said = await self.tell(script)
            if said.code == 0:
                return said.text
            assert time.monotonic() < end, f"{script}\nnot within {limit * self.pace:.0f} s: {said.text}"
            # To ask takes the processor from what is waited for: half of it at most.
            await pause(max(0.3, time.monotonic() - began))

    def _note(self, line: str) -> None:
        """Into the diary of this run, with the seconds."""
        with (self.place / "diary").open("a") as diary:
            diary.write(f"{time.monotonic() - self._began:8.1f} {line}\n")

    def console(self) -> str:
        """The last of what the kernel and systemd wrote."""
        file = self.place / "console.log"
        return file.read_text("utf-8", "replace")[-3000:] if file.exists() else ""

    async def link(self, *, up: bool) -> None:
        """The network cable."""
        await self.monitor.ask("set_link", name="nic", up=up)


async def pause(seconds: float) -> None:
    """What happens inside a virtual machine tells nobody outside: look again a little later."""
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, over.set)
    await over.wait()
