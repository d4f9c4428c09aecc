"""All slots of one gateway: where each modem is plugged in, its presence line and its LED."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import LineError, PortError
from agent.ports import Candidate, WatchedSocket, Wiring
from hw.chips import on_chip
from hw.late import LateLine, LateSupply
from hw.plugged import elsewhere
from hw.power import SlotPower
from hw.tty import Apart, TtyPort, open_tty
from hw.udev import Udev
from hw.usb import TtySocket, UsbSocket

if TYPE_CHECKING:
    from hw.gpio import GpioLine
    from hw.leds import GpioLamp
    from hw.pins import Pins
    from hw.supply import GpioSupply

Also = Callable[[str, str], None]


def build(
    kind: str,
    wirings: Sequence[Wiring],
    *,
    also: Also | None = None,
    sysfs: Path = Path("/sys"),
    dev: Path = Path("/dev"),
    udev: Udev | None = None,
) -> "SlotBoard":
    """A board on real pins, `pi`, or on gpiozero's mock pins, `mock`. LineError where there is no GPIO and a slot needs it.

    `also(verb, slot)` is called when a mock board fakes something, before it does: it may refuse with an error of its own.
    """
    return SlotBoard(kind, wirings, also, sysfs, dev, udev or Udev())


class SlotBoard:
    """`Board` over gpiozero, sysfs and ttys; one object each slot and purpose, made when it is first asked for."""

    def __init__(self, kind: str, wirings: Sequence[Wiring], also: Also | None, sysfs: Path, dev: Path, udev: Udev) -> None:
        self._wirings = {wiring.slot: wiring for wiring in wirings}
        self._also = also
        self._sysfs = sysfs
        self._dev = dev
        self._udev = udev
        self._executor = Apart()
        self._held: dict[str, tuple[str, TtyPort | None]] = {}
        self._sockets: dict[str, PluggableSocket | UsbSocket | TtySocket] = {}
        self._lines: dict[str, LateLine] = {}
        self._lamps: dict[str, GpioLamp] = {}
        self._supplies: dict[str, LateSupply] = {}
        self._kind = kind
        self._pins: Pins | None = None
        used = [pin for wiring in wirings for pin in (wiring.presence, *wiring.led_pins, wiring.power) if pin]
        if any(not on_chip(pin) for pin in used):
            self._all_pins().header()

    def socket(self, wiring: Wiring) -> WatchedSocket:
        """Where the slot's modem is plugged in. PortError when the wiring does not say."""
        if wiring.slot not in self._sockets:
            plain = self._plain_socket(wiring)
            self._sockets[wiring.slot] = PluggableSocket(wiring.slot, plain) if self._kind == "mock" else plain
        return self._sockets[wiring.slot]

    def line(self, wiring: Wiring) -> LateLine | None:
        """The slot's presence line; None when it has none. WiringError; of a pin that cannot be had now the line says so itself."""
        if wiring.presence is None:
            return None
        if wiring.slot not in self._lines:
            self._lines[wiring.slot] = LateLine(wiring.slot, partial(self._line_now, wiring, wiring.presence))
        return self._lines[wiring.slot]

    def _line_now(self, wiring: Wiring, pin: str) -> "GpioLine":
        from hw.gpio import GpioLine  # noqa: PLC0415 - as in _all_pins

        factory, name = self._all_pins().of(wiring.slot, pin)
        return GpioLine(wiring.slot, pin, wiring.presence_active, factory, name)

    def lamp(self, wiring: Wiring) -> "GpioLamp | None":
        """The slot's LED; None when it has none. LineError when a pin cannot be had now, WiringError."""
        if wiring.led is None:
            return None
        if wiring.slot not in self._lamps:
            from hw.leds import GpioLamp  # noqa: PLC0415 - as in _all_pins

            self._lamps[wiring.slot] = GpioLamp(wiring.slot, wiring.led, self._all_pins(), wiring.led_active)
        return self._lamps[wiring.slot]

    def power(self, wiring: Wiring) -> SlotPower:
        """How the slot's modem is restarted from outside. WiringError; a pin that cannot be had now is told in the log."""
        supply = self._supplies.get(wiring.slot)
        if supply is None and wiring.power is not None:
            supply = self._supplies[wiring.slot] = LateSupply(wiring.slot, partial(self._supply_now, wiring, wiring.power))
        return SlotPower(wiring, supply, self._executor, sysfs=self._sysfs)

    def _supply_now(self, wiring: Wiring, pin: str) -> "GpioSupply":
        from hw.supply import GpioSupply  # noqa: PLC0415 - as in _all_pins

        factory, name = self._all_pins().of(wiring.slot, pin)
        return GpioSupply(wiring.slot, pin, wiring.power_active, factory, name)

    def on_plug(self, callback: Callable[[], None]) -> None:
        """Of a mock board nothing is told: its modems are where it says."""
        if self._kind != "mock":
            self._udev.on_move(callback)

    def unclaimed(self) -> Mapping[str, Sequence[Candidate]]:
        """None on a mock board."""
        if self._kind == "mock":
            return {}
        wirings = self._wirings.values()
        usbs, ttys = [one.usb for one in wirings if one.usb], [one.tty for one in wirings if one.tty]
        return elsewhere(usbs, ttys, sysfs=self._sysfs, dev=self._dev)

    def fake(self, verb: str, slot: str) -> None:
        """`insert`, `eject`, `plug` or `unplug`, done when it returns; in the loop's thread. LineError where it cannot be."""
        if self._kind != "mock":
            raise LineError(f"slot {slot}: this board is real", 'move the card by hand, or say [board] kind = "mock"')
        wiring = self._wirings.get(slot)
        if wiring is None:
            raise LineError(f"no slot {slot}", f"the slots are {', '.join(self._wirings)}")
        if verb in ("insert", "eject"):
            self._move_card(wiring, verb)
        elif verb in ("plug", "unplug"):
            self._move_modem(wiring, verb)
        else:
            raise LineError(f"slot {slot}: cannot {verb}", "say insert, eject, plug or unplug")

    def close(self) -> None:
        """Let go of every pin; safe to call twice. Ports are closed by those who opened them."""
        # The stack closes each of them, whatever the others raise, and the factory last.
        with ExitStack() as stack:
            stack.callback(self._udev.close)
            if self._pins is not None:
                stack.callback(self._pins.close)
            for line in self._lines.values():
                stack.callback(line.close)
            for lamp in self._lamps.values():
                stack.callback(lamp.close)
            for supply in self._supplies.values():
                stack.callback(supply.close)

    def _all_pins(self) -> "Pins":
        if self._pins is None:
            from hw.pins import Pins  # noqa: PLC0415 - gpiozero costs 50 ms, and a rack without pins never needs it

            self._pins = Pins(self._kind)
        return self._pins

    def _move_card(self, wiring: Wiring, verb: str) -> None:
        line = self.line(wiring)
        if line is None:
            raise LineError(f"slot {wiring.slot} has no presence line to move", "give it `presence`, or unplug its modem")
        self._tell(verb, wiring.slot)
        line.move(present=verb == "insert")

    def _move_modem(self, wiring: Wiring, verb: str) -> None:
        socket = self.socket(wiring)
        assert isinstance(socket, PluggableSocket)
        self._tell(verb, wiring.slot)
        if verb == "plug":
            socket.plug()
        else:
            socket.unplug()

    def _tell(self, verb: str, slot: str) -> None:
        if self._also is not None:
            self._also(verb, slot)

    def _plain_socket(self, wiring: Wiring) -> UsbSocket | TtySocket:
        opener = partial(self._open, wiring.slot)
        if wiring.usb is not None:
            return UsbSocket(wiring.usb, opener, sysfs=self._sysfs, dev=self._dev, udev=self._udev)
        if wiring.tty is not None:
            tty = Path(wiring.tty)
            told = tty.is_relative_to(self._dev) and not tty.is_relative_to(self._dev / "pts")  # of ptys udev knows nothing
            return TtySocket(wiring.tty, opener, sysfs=self._sysfs, udev=self._udev if told else None)
        raise PortError(f"slot {wiring.slot} has no modem", "give it `usb` or `tty`")

    async def _open(self, slot: str, tty: str) -> TtyPort:
        real = self._claimed(slot, tty)
        try:
            port = await open_tty(tty, executor=self._executor)
        except BaseException:
            del self._held[real]
            raise
        self._held[real] = slot, port
        return port

    def _claimed(self, slot: str, tty: str) -> str:
        """What is behind the name: two links, or a path and a link, may be one modem, and only what is there shows it."""
        real = os.path.realpath(tty)
        other, port = self._held.get(real, (slot, None))
        if other != slot and (port is None or not port.gone):
            raise PortError(f"{tty}: slot {other} has the same tty, {real}", "give each slot the `usb` or `tty` of its own modem")
        self._held[real] = slot, None
        return real


class PluggableSocket:
    """A `ModemSocket` whose modem can be pulled out on paper: no candidates, no open, and open ports hang up."""

    def __init__(self, slot: str, inner: UsbSocket | TtySocket) -> None:
        self._slot = slot
        self._inner = inner
        self._out = False
        self._pulls = 0
        self._ports: list[TtyPort] = []
        self._listeners: list[Callable[[], None]] = []

    def candidates(self) -> Sequence[Candidate]:
        """None while unplugged."""
        return () if self._out else self._inner.candidates()

    def usb_id(self) -> str | None:
        """None while unplugged."""
        return None if self._out else self._inner.usb_id()

    async def open(self, tty: str) -> TtyPort:
        """PortError while unplugged, and whenever the tty cannot be opened."""
        if self._out:
            raise self._unplugged()
        pulls = self._pulls
        port = await self._inner.open(tty)
        if self._pulls != pulls:
            await port.close()
            raise self._unplugged()
        self._ports = [*(other for other in self._ports if not other.gone), port]
        return port

    def on_change(self, callback: Callable[[], None]) -> None:
        """Also when it is pulled out on paper."""
        self._listeners.append(callback)
        self._inner.on_change(callback)

    @property
    def watched(self) -> bool:
        """As what is inside."""
        return self._inner.watched

    def unplug(self) -> None:
        """Pull the modem out."""
        self._out = True
        self._pulls += 1
        for port in self._ports:
            port.hang_up()
        self._ports = []
        self._tell()

    def plug(self) -> None:
        """Put it back."""
        self._out = False
        self._tell()

    def _tell(self) -> None:
        for callback in self._listeners:
            callback()

    def _unplugged(self) -> PortError:
        return PortError(f"slot {self._slot}: the modem is unplugged", f"simgate fake plug {self._slot}")
