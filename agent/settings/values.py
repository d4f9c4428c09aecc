"""One whole configuration, checked: frozen values."""

from dataclasses import dataclass, field
from pathlib import Path

from agent.ports import Wiring
from agent.sim.identity import Iccid, Msisdn, Plmn
from agent.sync.request import Endpoint, Secret


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: a line holds its level (`settle`), the first list waits at most, evidence counts, a modem is asked again (`poll`), and a
    registration that comes and goes must last (`registered`).
    """

    settle: float = 0.5
    startup: float = 60.0
    lease: float = 30.0
    poll: float = 8.0
    registered: float = 5.0


@dataclass(frozen=True, slots=True)
class SlotSettings:
    """One slot: how it is connected, and on what terms its number is listed."""

    wiring: Wiring
    rent: int
    price: float | None


@dataclass(frozen=True, slots=True)
class CardSettings:
    """What the owner knows about one SIM."""

    iccid: Iccid
    number: Msisdn | None
    pin: Secret | None


@dataclass(frozen=True, slots=True)
class UssdSettings:
    """How SIMs of one home network are asked for their number; the group of `pattern` is the number in the answer."""

    plmn: Plmn
    code: str
    pattern: str | None


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """Where metrics are to be had: (loopback address, port), and a file for node_exporter; None = nowhere."""

    listen: tuple[str, int] | None = None
    textfile: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """One whole configuration file, checked; relative paths are meant from the file's folder."""

    file: Path
    gateway: str
    endpoint: Endpoint
    store: Path
    control: Path
    board: str
    timing: Timing
    slots: tuple[SlotSettings, ...]
    cards: tuple[CardSettings, ...]
    ussd: tuple[UssdSettings, ...] = ()
    require_registration: bool = True
    resets_per_hour: int = 20
    columns: int = 8
    lamp: Wiring = field(default_factory=lambda: Wiring(""))
    metrics: MetricsSettings = MetricsSettings()

    @property
    def wirings(self) -> list[Wiring]:
        """Everything that has pins or a modem: the gateway's own LED, then every slot."""
        return [self.lamp, *(slot.wiring for slot in self.slots)]
