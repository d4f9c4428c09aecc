"""Firmware notes: the TOML front matter of firmware-notes/<modem>.md -> Profile. Pure: text in, value out."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from agent.at.dialog import Command
from agent.at.values import ICCID_DECODERS, PIN_DECODERS
from agent.errors import NoteError
from agent.modems.notes_read import Front, Table

GENERIC = "generic"

# `cfun_4_drops_sim`: without a radio (+CFUN=4) the card has no power, either. `get_response_255`: GET RESPONSE wants P3 = 255.
QUIRKS = frozenset({"cfun_4_drops_sim", "get_response_255"})

# Commands of the agent itself whose time limit a note may change.
LIMITED = frozenset({"+CPIN", "+CFUN", "+CIMI", "+CRSM", "+CNUM", "+CPBS", "+CPBR", "+CREG", "+CEREG", "+CGREG"})

_ASK = frozenset({"send", "prefix", "timeout", "decoder"})
# Every key of every table; of [usb] and [limits] the note itself makes the keys.
KEYS: Mapping[str, frozenset[str]] = {
    "": frozenset(
        {"name", "at", "why", "setup", "quirks", "usb", "match", "iccid", "limits", "hot_swap", "sim_reset", "modem_reset", "pin"}
    ),
    "match": frozenset({"manufacturer", "model"}),
    "iccid": _ASK,
    "hot_swap": frozenset({"report", "hints", "urcs", "detection"}),
    "hot_swap.detection": frozenset({"ask", "on", "off", "enable", "undo", "needs_restart"}),
    "hot_swap.detection.ask": _ASK - {"decoder"},
    "sim_reset": frozenset({"commands", "pause", "false_urcs"}),
    "modem_reset": frozenset({"commands", "boot"}),
    "pin": frozenset({"attempts"}),
    "pin.attempts": _ASK,
}
_NAME = re.compile(r"AT([+^!#$*%][A-Z0-9]+)")


@dataclass(frozen=True, slots=True)
class Ask:
    """One command of a note: its text, the prefixes of its information text, its time limit (s), its decoder ("" = none)."""

    send: str
    prefix: tuple[str, ...]
    timeout: float
    decoder: str = ""


@dataclass(frozen=True, slots=True)
class Detection:
    """The modem's own switch for card detection: `ask` shows it, `on` and `off` fit its line, `enable` and `undo` change it for good."""

    ask: Ask
    on: str
    off: str
    enable: tuple[str, ...]
    undo: tuple[str, ...]
    needs_restart: bool

    @property
    def needs_level(self) -> bool:
        """True when somebody has to know the level that the holder's switch has with a card in."""
        return any("{level}" in text for text in self.enable)

    def enabling(self, *, low: bool) -> tuple[str, ...]:
        """The commands that switch it on; `low`: the holder's switch is low with a card in."""
        return tuple(text.replace("{level}", "0" if low else "1") for text in self.enable)


@dataclass(frozen=True, slots=True)
class SimReset:
    """All of `commands` in their order, `pause` seconds apart, take power from the card and give it back; `false_urcs` come meanwhile."""

    commands: tuple[str, ...]
    pause: float
    false_urcs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModemReset:
    """The first of `commands` that the modem accepts restarts it; it answers again after `boot` seconds."""

    commands: tuple[str, ...]
    boot: float


@dataclass(frozen=True, slots=True)
class Profile:
    """How one family of modems is spoken to; `usb` maps `vid:pid` to the interface numbers of its AT ports, best first.

    Under an id without any number there is no AT port, and `why` says so to a person; `at` False = the family has none at all.
    `pin_attempts`: how to ask for the attempts that a card has left for its PIN, besides +CPINR.
    """

    name: str
    usb: Mapping[str, tuple[int, ...]]
    manufacturer: str
    model: str
    iccid: tuple[Ask, ...]
    setup: tuple[str, ...]
    hints: tuple[str, ...]
    urcs: tuple[str, ...]
    quirks: frozenset[str]
    at: bool = True
    why: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)
    detection: Detection | None = None
    sim_reset: SimReset | None = None
    modem_reset: ModemReset | None = None
    pin_attempts: tuple[Ask, ...] = ()

    def fits(self, manufacturer: str, model: str) -> bool:
        """Whether a modem that names itself so belongs to this family (the generic note fits nobody by name)."""
        return bool(self.model) and _found(self.manufacturer, manufacturer) and _found(self.model, model)

    def hints_at_card(self, line: str) -> bool:
        """Whether an unsolicited line says that the card may have moved."""
        return any(re.match(hint, line) for hint in self.hints)

    def timed(self, command: Command) -> Command:
        """The command with the time limit that this family needs for it."""
        limit = self.limits.get(command_name(command.text))
        return command if limit is None else replace(command, timeout=limit)


def command_name(text: str) -> str:
    """`AT+CPIN?` -> `+CPIN`; "" for a basic command of V.250."""
    name = _NAME.match(text.upper())
    return name[1] if name else ""


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


def choose(profiles: Iterable[Profile], manufacturer: str, model: str) -> Profile:
    """The profile of a modem that names itself so; the generic one when none fits. NoteError without a generic note."""
    everyone = list(profiles)
    for profile in everyone:
        if profile.fits(manufacturer, model):
            return profile
    for profile in everyone:
        if profile.name == GENERIC:
            return profile
    raise NoteError("firmware notes: there is no generic.md", "install simgate again")


def parse_note(name: str, text: str) -> Profile:
    """The profile of the note `name`.md. NoteError names file, line and key."""
    front = Front(name, text, KEYS).root
    if front.text("name") != name:
        raise front.wrong("name", f"must be {name!r}, as the file is called")
    quirks = frozenset(front.texts("quirks"))
    if unknown := quirks - QUIRKS:
        raise front.wrong("quirks", f"unknown quirk {sorted(unknown)[0]!r}", f"one of: {', '.join(sorted(QUIRKS))}")
    match, hot_swap = front.table("match"), front.table("hot_swap")
    hints, report = hot_swap.patterns("hints"), hot_swap.commands("report")
    setup, sim_reset, modem_reset = front.commands("setup") + report, _sim_reset(front), _modem_reset(front)
    own = (*setup, *(sim_reset.commands if sim_reset else ()), *(modem_reset.commands if modem_reset else ()))
    limits = _limits(front.table("limits"), LIMITED | {command_name(text) for text in own})
    at, usb = front.flag("at", True), _usb(front.table("usb"))
    profile = Profile(
        name=name,
        usb=usb,
        manufacturer=match.pattern("manufacturer"),
        model=match.pattern("model"),
        iccid=_asks(front, "iccid", ICCID_DECODERS, "iccid", limits),
        setup=setup,
        hints=hints,
        urcs=hints + hot_swap.patterns("urcs"),
        quirks=quirks,
        at=at,
        why=front.text("why"),
        limits=limits,
        detection=_detection(hot_swap, limits),
        sim_reset=sim_reset,
        modem_reset=modem_reset,
        pin_attempts=_asks(front.table("pin"), "attempts", PIN_DECODERS, "", limits),
    )
    _agrees(front, profile)
    return profile


def _agrees(front: Table, profile: Profile) -> None:
    """What one key promises, the others keep."""
    if profile.at and not profile.iccid:
        raise front.wrong("iccid", "the note must say how the ICCID is read", "add [[iccid]] with send, prefix, timeout, decoder")
    if not profile.at:
        for key in ("match", "setup", "quirks", "iccid", "limits", "hot_swap", "sim_reset", "modem_reset", "pin"):
            if key in front:
                raise front.wrong(key, "a family without an AT port is never asked anything", f"take {key} out, or at = false")
        if any(profile.usb.values()):
            raise front.wrong("usb", "a family without an AT port has no AT interface", "write [] for each USB id, or take at = false out")
    portless = not profile.at or not all(profile.usb.values())
    if portless != bool(profile.why):
        raise front.wrong("why", "goes with `at = false` or with a USB id without an AT interface", "say what the person should do")


def _usb(table: Table) -> dict[str, tuple[int, ...]]:
    for usb_id in table.values:
        if not re.fullmatch(r"[0-9a-f]{4}:[0-9a-f]{4}", usb_id):
            raise table.wrong(usb_id, "no USB id", 'write it as "2c7c:0125", in lower case')
    return {usb_id: table.numbers(usb_id) for usb_id in table.values}


def _limits(table: Table, known: frozenset[str]) -> dict[str, float]:
    for name in table.values:
        if name not in known:
            raise table.wrong(name, "a time limit for a command that is never sent", f"one of: {', '.join(sorted(known - {''}))}")
    return {name: table.seconds(name, 0) for name in table.values}


def _ask(table: Table, limits: Mapping[str, float], decoder: str = "") -> Ask:
    send = table.command("send")
    prefix = table.texts("prefix")
    if not prefix:
        raise table.wrong("prefix", "the answer would never be found", 'name what it begins with, "" = bare digits')
    return Ask(send, prefix, table.seconds("timeout", limits.get(command_name(send), 5.0)), decoder)


def _asks(table: Table, key: str, decoders: Mapping[str, object], default: str, limits: Mapping[str, float]) -> tuple[Ask, ...]:
    return tuple(_ask(one, limits, one.one_of("decoder", decoders.keys(), default)) for one in table.tables(key))


def _detection(hot_swap: Table, limits: Mapping[str, float]) -> Detection | None:
    if "detection" not in hot_swap:
        return None
    table = hot_swap.table("detection")
    for key in ("ask", "on", "off", "enable", "undo"):
        if not table.values.get(key):
            raise table.wrong(key, "is missing", "a switch that cannot be read and undone is not touched: leave [hot_swap.detection] out")
    return Detection(
        ask=_ask(table.table("ask"), limits),
        on=table.pattern("on"),
        off=table.pattern("off"),
        enable=table.commands("enable"),
        undo=table.commands("undo"),
        needs_restart=table.flag("needs_restart", False),
    )


def _sim_reset(front: Table) -> SimReset | None:
    if "sim_reset" not in front:
        return None
    table = front.table("sim_reset")
    return SimReset(_some_commands(table), table.seconds("pause", 2), table.patterns("false_urcs"))


def _modem_reset(front: Table) -> ModemReset | None:
    if "modem_reset" not in front:
        return None
    table = front.table("modem_reset")
    return ModemReset(_some_commands(table), table.seconds("boot", 20))


def _some_commands(table: Table) -> tuple[str, ...]:
    commands = table.commands("commands")
    if not commands:
        raise table.wrong("commands", "names no command", "name one, or leave the table out")
    return commands
