"""What a simulated modem knows: its SIM, its settings, and what follows from them at a given time."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from agent.errors import PortError
from hw.simulated.family import Family
from hw.simulated.files import swapped
from hw.simulated.line import Modes
from hw.simulated.sim import SimulatedSim

# TS 27.007 9.2
CME = {
    3: "operation not allowed",
    4: "operation not supported",
    10: "SIM not inserted",
    11: "SIM PIN required",
    12: "SIM PUK required",
    13: "SIM failure",
    14: "SIM busy",
    15: "SIM wrong",
    16: "incorrect password",
    21: "invalid index",
    30: "no network service",
    50: "Incorrect parameters",
    100: "unknown",
}


class CommandError(Exception):
    """A command is refused: with a number of TS 27.007 9.2, or with plain ERROR."""

    def __init__(self, cme: int | None = None) -> None:
        super().__init__(cme)
        self.cme = cme


class UnknownCommandError(CommandError):
    """There is no such command."""


@dataclass(slots=True)
class Quirks:
    """Bad habits, each off; may be changed at any time. Keys of the mappings are the beginning of a command line, "" = every one.

    `cached_cpin`: an ejected SIM goes unnoticed, +CPIN? and +CREG? say what they said, reading it fails. `silent`: no URC when a SIM
    moves. `errors`: ERROR to everything. `noise`: random octets between answers. `chunks`: answers cut anywhere. `slow`: seconds that
    the answer takes. `before`, `amid`: a URC in front of the answer, or behind its first line. `no_ok`: commands whose information text
    no final result code follows. `storm`: URCs without end. `deaf_to`: octets lost after power-on, while the speed is found. `editor`: a
    text is being written, as +CMGS left it. `in_call`: the port is in data state. `speaks`: it is no AT port, and says this all the time.
    `restart_after`: seconds that it goes on answering when it was told to restart.
    """

    cached_cpin: bool = False
    silent: bool = False
    errors: bool = False
    unquoted_alpha: bool = False
    noise: bool = False
    chunks: bool = False
    slow: dict[str, float] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    amid: dict[str, str] = field(default_factory=dict)
    no_ok: tuple[str, ...] = ()
    storm: tuple[str, ...] = ()
    deaf_to: int = 0
    editor: bool = False
    in_call: bool = False
    speaks: bytes = b""
    restart_after: float = 0.0


class State:
    """The state of one modem; `events`: what a command has set off: "ready", "offline", "radio", "restart" or a URC of +CUSD."""

    def __init__(self, family: Family, imei: str, quirks: Quirks, nv: Mapping[str, str]) -> None:
        self.family = family
        self.imei = imei
        self.quirks = quirks
        self.sim: SimulatedSim | None = None
        self.stored = {name: setting.value for name, setting in family.settings.items()} | dict(nv)
        self.forbidden: list[str] = []
        self.restart(0.0)

    def restart(self, now: float) -> None:
        """Power-on: everything but what is stored is as the maker left it."""
        for name, setting in self.family.settings.items():
            if not setting.nv:
                self.stored[name] = setting.value
        self.settings = dict(self.stored)
        self.cfun = 1
        self.stuck = (
            ""  # the card is busy without end: "power": until it has had none, "cfun": until the modem was off, or what who drives it says
        )
        self.events: list[str] = []
        self.reset_profile()
        self.sim_up(now)

    def reset_profile(self) -> None:
        """AT&F and ATZ (V.250 6.1)."""
        self.modes = Modes(echo=self.family.echo)
        self.cmee = 0
        self.charset = "GSM"
        self.phonebook = "SM"
        self.session = False
        self.operator_format = 0
        self.registering = {"+CREG": 0, "+CGREG": 0, "+CEREG": 0}

    def sim_up(self, now: float) -> None:
        """The SIM gets power: it needs its time, and its PIN again."""
        self.since = now
        self.stuck = "" if self.stuck == "power" else self.stuck
        self.verified = self.sim is None or self.sim.pin is None
        self._remembered: tuple[str, int] | None = None

    def insert(self, sim: SimulatedSim, now: float) -> None:
        """A SIM goes in; PortError when there is one."""
        if self.sim is not None:
            raise PortError("a SIM is in already", "eject it first")
        self.sim = sim
        self.sim_up(now)

    def eject(self, now: float) -> SimulatedSim | None:
        """The SIM comes out, or None came out."""
        sim = self.sim
        remembered = (self.cpin(now), self.registration(now)) if sim and self.quirks.cached_cpin and self.readable(now) else None
        self.sim = None
        self.sim_up(now)
        self._remembered = remembered
        return sim

    def matches(self, wanted: Mapping[str, str] | None) -> bool:
        """True when the settings in force have all these values; False without any wish."""
        return wanted is not None and all(self.settings[name] == value for name, value in wanted.items())

    @property
    def powered(self) -> bool:
        """True while the SIM has power (TS 27.007 8.2)."""
        return self.cfun != 0 and not (self.cfun == 4 and self.family.flight_drops_sim)

    @property
    def seen(self) -> bool:
        """True when a SIM is in and the detect switch, if it is heeded, says so."""
        return self.sim is not None and not self.matches(self.family.hides)

    def card(self, now: float) -> SimulatedSim:
        """The SIM, PIN or not; CommandError when it cannot be spoken to."""
        if not self.powered:
            raise CommandError(self.family.offline)
        if self.sim is None or not self.seen:
            raise CommandError(13 if self._remembered else self.family.absent)
        if now < self.since + self.sim.busy_for or self.stuck:
            raise CommandError(14)
        return self.sim

    def readable(self, now: float) -> bool:
        """True when the SIM can be spoken to."""
        try:
            self.card(now)
        except CommandError:
            return False
        return True

    def unlocked(self, now: float) -> SimulatedSim:
        """The SIM after its PIN; +CME ERROR: 11 or 12 before."""
        sim = self.card(now)
        if not self.verified:
            raise CommandError(11 if sim.attempts else 12)
        return sim

    def cpin(self, now: float) -> str:
        """The answer of +CPIN? (TS 27.007 8.3)."""
        if self._remembered and self.cfun:
            return self._remembered[0]
        if self.family.no_sim and self.powered and not self.seen:
            return self.family.no_sim
        sim = self.card(now)
        if self.verified:
            return "READY"
        return "SIM PIN" if sim.attempts else "SIM PUK"

    def registration(self, now: float) -> int:
        """<stat> of +CREG (TS 27.007 7.2): 0 unless the radio is on and the SIM usable."""
        if self._remembered and self.cfun == 1:
            return self._remembered[1]
        if self.sim is None or self.cfun != 1 or not self.verified or not self.readable(now):
            return 0
        return self.sim.registration

    def told(self) -> bool:
        """True when a moved SIM is reported by URC."""
        return not (self.quirks.silent or self.quirks.cached_cpin) and self.matches(self.family.reports)

    def set_setting(self, name: str, value: str) -> None:
        """A vendor's setting; CommandError(50) for a value that it has not."""
        setting = self.family.settings[name]
        if not re.fullmatch(setting.legal, value):
            raise CommandError(50)
        self.stored[name] = value
        if not setting.nv:
            self.settings[name] = value


class Fields(Mapping[str, object]):
    """What may stand in braces in families.toml; a look-up that needs the SIM may raise CommandError."""

    NAMES = ("iccid", "padded", "ef_iccid", "imei", "cpin", "inserted", "pin_left", "puk_left", "value")

    def __init__(self, state: State, now: float, value: str = "") -> None:
        self._state, self._now, self._value = state, now, value

    def __iter__(self) -> Iterator[str]:
        return iter(self.NAMES)

    def __len__(self) -> int:
        return len(self.NAMES)

    def __getitem__(self, name: str) -> object:
        state = self._state
        if name in {"imei", "value"}:
            return state.imei if name == "imei" else self._value
        if name == "inserted":
            return int(state.seen)
        if name == "cpin":
            return state.cpin(self._now)
        sim = state.card(self._now)
        return {
            "iccid": sim.iccid,
            "padded": sim.iccid.ljust(20, "F"),
            "ef_iccid": swapped(sim.iccid, 10).hex().upper(),
            "pin_left": sim.attempts,
            "puk_left": sim.puk_attempts,
        }[name]
