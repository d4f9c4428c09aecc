"""What this machine says of itself, as the doctor is told it; None = it does not say. Plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Account:
    """One account, its groups, and those that this machine has."""

    name: str
    groups: frozenset[str]
    there: frozenset[str]


@dataclass(frozen=True, slots=True)
class Plug:
    """One thing on the USB: its topology path, `vid:pid`, its ttys; `ignored`: udev tells ModemManager to leave them all alone."""

    usb: str
    usb_id: str
    hub: bool
    ttys: tuple[str, ...] = ()
    ignored: bool | None = None


@dataclass(frozen=True, slots=True)
class Disk:
    """Where the database is: mount point, octets free; `errors` that ext4 has counted anywhere; `worn`: tenths of a card's life used up."""

    mount: str | None = None
    writable: bool | None = None
    free: int | None = None
    errors: int | None = None
    worn: int | None = None


@dataclass(frozen=True, slots=True)
class Pins:
    """GPIO chips, those that may not be opened, the version of lgpio (None = it is missing), and who has claimed a pin, by name.

    `fifo`: the directory for lgpio's FIFO; `fifo_writable`: whether it can be written to.
    """

    chips: tuple[str, ...] = ()
    shut: tuple[str, ...] = ()
    lgpio: str | None = None
    claimed: Mapping[str, str] = field(default_factory=dict)
    unseen: tuple[str, ...] = ()
    fifo: str = ""
    fifo_writable: bool = True


@dataclass(frozen=True, slots=True)
class Unit:
    """systemd's unit simgate: its states, why it ended last, how often it was restarted by itself."""

    active: str
    sub: str
    result: str
    restarts: int


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that has a tty open."""

    pid: int
    name: str


@dataclass(frozen=True, slots=True)
class Host:
    """Everything together. `account`: the caller's; `service`: the installed service's, where there is one.

    `holders`: path of a tty -> who has it open, as far as may be seen; `throttled`: the firmware's bits.
    """

    model: str | None = None
    processes: frozenset[str] | None = None
    account: Account | None = None
    service: Account | None = None
    plugs: tuple[Plug, ...] | None = None
    holders: Mapping[str, tuple[Holder, ...]] = field(default_factory=dict)
    throttled: int | None = None
    disk: Disk = Disk()
    pins: Pins = Pins()
    unit: Unit | None = None
