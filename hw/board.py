"""All slots of one gateway: where each modem is plugged in, its presence line and its LED."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import LineError, PortError
from agent.ports import Candidate, ModemSocket, Wiring
from hw.power import SlotPower
from hw.tty import Apart, TtyPort, open_tty
from hw.usb import TtySocket, UsbSocket

if TYPE_CHECKING:
    from gpiozero.pins import Factory

    from hw.gpio import GpioLine
    from hw.leds import GpioLamp
    from hw.supply import GpioSupply

Also = Callable[[str, str], None]


def build(
    kind: str,
    wirings: Sequence[Wiring],
    *,
    also: Also | None = None,
    sysfs: Path = Path("/sys"),
    dev: Path = Path("/dev"),
) -> "SlotBoard":
    """A board on real pins, `pi`, or on gpiozero's mock pins, `mock`. LineError where there is no GPIO and a slot needs it.

    `also(verb, slot)` is called when a mock board fakes something, before it does: it may refuse with an error of its own.
    """
    return SlotBoard(kind, wirings, also, sysfs, dev)


class SlotBoard:
    """`Board` over gpiozero, sysfs and ttys; one object each slot and purpose, made when it is first asked for."""

    def __init__(self, kind: str, wirings: Sequence[Wiring], also: Also | None, sysfs: Path, dev: Path) -> None:
        self._wirings = {wiring.slot: wiring for wiring in wirings}
        self._also = also
        self._sysfs = sysfs
        self._dev = dev
        self._apart = Apart()
        self._opener = partial(open_tty, executor=self._apart)
        self._sockets: dict[str, PluggableSocket | UsbSocket | TtySocket] = {}
        self._lines: dict[str, GpioLine] = {}
        self._lamps: dict[str, GpioLamp] = {}
        self._supplies: dict[str, GpioSupply] = {}
        self._kind = kind
        self._factory: Factory | None = None
        if any(wiring.presence or wiring.led or wiring.power for wiring in wirings):
            self._pins()

    def socket(self, wiring: Wiring) -> ModemSocket:
        """Where the slot's modem is plugged in. PortError when the wiring does not say."""
        if wiring.slot not in self._sockets:
            plain = self._plain_socket(wiring)
            self._sockets[wiring.slot] = PluggableSocket(wiring.slot, plain) if self._kind == "mock" else plain
        return self._sockets[wiring.slot]

    def line(self, wiring: Wiring) -> "GpioLine | None":
        """The slot's presence line; None when it has none. LineError when the pin cannot be had."""
        if wiring.presence is None:
            return None
        if wiring.slot not in self._lines:
            from hw.gpio import GpioLine  # noqa: PLC0415 - as in _pins

            self._lines[wiring.slot] = GpioLine(wiring.slot, wiring.presence, wiring.presence_active, self._pins())
        return self._lines[wiring.slot]

    def lamp(self, wiring: Wiring) -> "GpioLamp | None":
        """The slot's LED; None when it has none. LineError when the pin cannot be had."""
        if wiring.led is None:
            return None
        if wiring.slot not in self._lamps:
            from hw.leds import GpioLamp  # noqa: PLC0415 - as in _pins

            self._lamps[wiring.slot] = GpioLamp(wiring.slot, wiring.led, self._pins())
        return self._lamps[wiring.slot]

    def power(self, wiring: Wiring) -> SlotPower:
        """How the slot's modem is restarted from outside. LineError when its pin cannot be had."""
        supply = self._supplies.get(wiring.slot)
        if supply is None and wiring.power is not None:
            from hw.supply import GpioSupply  # noqa: PLC0415 - as in _pins

            supply = self._supplies[wiring.slot] = GpioSupply(wiring.slot, wiring.power, wiring.power_active, self._pins())
        return SlotPower(wiring, supply, self._apart, sysfs=self._sysfs)

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
            if self._factory is not None:
                stack.callback(self._factory.close)
            for line in self._lines.values():
                stack.callback(line.close)
            for lamp in self._lamps.values():
                stack.callback(lamp.close)
            for supply in self._supplies.values():
                stack.callback(supply.close)

    def _pins(self) -> "Factory":
        if self._factory is None:
            from hw.gpio import pin_factory  # noqa: PLC0415 - gpiozero costs 50 ms, and a rack without pins never needs it

            self._factory = pin_factory(self._kind)
        return self._factory

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
        if wiring.usb is not None:
            return UsbSocket(wiring.usb, self._opener, sysfs=self._sysfs, dev=self._dev)
        if wiring.tty is not None:
            return TtySocket(wiring.tty, self._opener, sysfs=self._sysfs)
        raise PortError(f"slot {wiring.slot} has no modem", "give it `usb` or `tty`")


class PluggableSocket:
    """A `ModemSocket` whose modem can be pulled out on paper: no candidates, no open, and open ports hang up."""

    def __init__(self, slot: str, inner: UsbSocket | TtySocket) -> None:
        self._slot = slot
        self._inner = inner
        self._out = False
        self._pulls = 0
        self._ports: list[TtyPort] = []

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

    def unplug(self) -> None:
        """Pull the modem out."""
        self._out = True
        self._pulls += 1
        for port in self._ports:
            port.hang_up()
        self._ports = []

    def plug(self) -> None:
        """Put it back."""
        self._out = False

    def _unplugged(self) -> PortError:
        return PortError(f"slot {self._slot}: the modem is unplugged", f"simgate fake plug {self._slot}")
