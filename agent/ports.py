"""What the agent asks of the physical world: Protocols and the plain values they carry, nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Colour(Enum):
    """What an LED of three colours may show."""

    BLUE = "blue"
    WHITE = "white"
    YELLOW = "yellow"


@dataclass(frozen=True, slots=True)
class Rgb:
    """The three pins of one LED of three colours."""

    red: str
    green: str
    blue: str


@dataclass(frozen=True, slots=True)
class Wiring:
    """How one slot is connected: modem by USB path or tty, presence line, LED and power line by pin name. Slot "": the gateway's own LED.

    A pin is named as gpiozero names it, `GPIO17`, or as line of another gpiochip, `chip1:5`, `1-0020:5`.
    `port_power`: the hub switches the power of this very port, and of no other.
    """

    slot: str
    usb: str | None = None
    tty: str | None = None
    presence: str | None = None
    presence_active: str = "low"
    led: str | Rgb | None = None
    led_active: str = "high"
    power: str | None = None
    power_active: str = "high"
    port_power: bool = False

    @property
    def led_pins(self) -> tuple[str, ...]:
        """The pins of its LED: none, one or three."""
        led = self.led
        return (led.red, led.green, led.blue) if isinstance(led, Rgb) else () if led is None else (led,)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tty that may be the AT port; `usb_id` is `vid:pid` in lower-case hex, `interface` is bInterfaceNumber."""

    tty: str
    usb_id: str | None = None
    interface: int | None = None


class Port(Protocol):
    """One open AT port. Not shared: one conversation at a time."""

    @property
    def tty(self) -> str:
        """The path that was opened."""

    async def read(self) -> bytes:
        """The octets that have come, at least one; b"" once the port is gone, and ever after."""

    def write(self, octets: bytes) -> None:
        """Queue octets for sending; on a port that is gone they are dropped."""

    async def close(self) -> None:
        """Let go of the tty; never blocks the loop, safe to call twice."""


class ModemSocket(Protocol):
    """The place where one slot's modem is plugged in."""

    def candidates(self) -> Sequence[Candidate]:
        """The ttys that are there now, in any order; empty while no modem is plugged in."""

    def usb_id(self) -> str | None:
        """`vid:pid` of what is plugged in, with or without ttys; None when nothing is, or when it is not on USB."""

    async def open(self, tty: str) -> Port:
        """Open one of them for exclusive use. PortError when it is gone, taken or hangs."""


class WatchedSocket(ModemSocket, Protocol):
    """The same, for one who stays: told when to look again."""

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call back in the loop's thread when something may have moved here: a hint that may be lost or idle. Look."""

    @property
    def watched(self) -> bool:
        """Whether such hints come; otherwise look often."""


class PresenceLine(Protocol):
    """The SIM-presence line of one slot."""

    def present(self) -> bool:
        """The level now: True = the line says that a SIM is in (polarity applied)."""

    def on_edge(self, callback: Callable[[], None]) -> None:
        """Call back on every edge, from any thread, inside the loop's thread-safe entry only. The level is not given: read it."""

    def close(self) -> None:
        """Release the pin; one that fails is told in the log, and ends nothing."""


class Lamp(Protocol):
    """One LED."""

    def show(self, colour: Colour | None) -> None:
        """Light it, in that colour if it has several; None = dark. LineError when it cannot be."""

    def close(self) -> None:
        """Dark, and its pins released; an LED that fails is told in the log, and ends nothing."""


class Cut(Enum):
    """What can be taken from a modem for a moment."""

    USB = "its place on the USB"
    PORT = "the power of its USB port"
    LINE = "its power, by a GPIO line"


class ModemPower(Protocol):
    """How one slot's modem is restarted from outside."""

    def cuts(self) -> frozenset[Cut]:
        """What can be taken from it as the slot is wired; whether that may be done, only trying tells."""

    async def cut(self, what: Cut) -> None:
        """Take it, wait, give it back, whatever happens in between. PowerError when it cannot be, or may not."""

    async def restore(self) -> None:
        """Give back what an agent that was killed has left taken. PowerError when that cannot be, or may not."""


class Clock(Protocol):
    """Time, handed in: monotonic for schedules, wall for people and the endpoint."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""

    def wall(self) -> float:
        """UNIX seconds as the system believes them; a Pi without a network believes wrongly."""

    def synchronised(self) -> bool:
        """True when the kernel says that a time service has set the wall clock."""


class Board(Protocol):
    """All slots of one gateway."""

    def socket(self, wiring: Wiring) -> WatchedSocket:
        """Where the slot's modem is plugged in."""

    def line(self, wiring: Wiring) -> PresenceLine | None:
        """The slot's presence line; None when it has none. WiringError; while its pin cannot be had, it cannot be read."""

    def lamp(self, wiring: Wiring) -> Lamp | None:
        """The slot's LED; None when it has none. LineError when its pins cannot be had now, WiringError when never."""

    def power(self, wiring: Wiring) -> ModemPower:
        """How the slot's modem is restarted from outside. WiringError; what cannot be had now is told, and tried when it is needed."""

    def on_plug(self, callback: Callable[[], None]) -> None:
        """Call back in the loop's thread when something may have moved anywhere; a hint, as ModemSocket.on_change."""

    def unclaimed(self) -> Mapping[str, Sequence[Candidate]]:
        """USB path -> ttys of what is plugged in where no slot is."""

    def fake(self, verb: str, slot: str) -> None:
        """`insert`, `eject`, `plug` or `unplug` on a mock board; LineError where the slot cannot do it or the board is real."""

    def close(self) -> None:
        """Let go of every pin and thread."""
