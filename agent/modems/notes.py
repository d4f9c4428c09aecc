"""Firmware notes: the TOML front matter of firmware-notes/<modem>.md -> Profile. Pure: text in, value out."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from agent.errors import NoteError

_FENCE = "+++"
_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[\w.-]+)\s*=""")
_COMMAND = re.compile(r"AT[ -~]+")
GENERIC = "generic"

DECODERS = frozenset({"iccid", "ef_iccid"})
QUIRKS = frozenset({"get_response_255"})


@dataclass(frozen=True, slots=True)
class Ask:
    """One command of a note: its text, the prefixes of its information text, its time limit (s), its decoder."""

    send: str
    prefix: tuple[str, ...]
    timeout: float
    decoder: str


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
class ModemReset:
    """The first of `commands` that the modem accepts restarts it; it answers again after `boot` seconds."""

    commands: tuple[str, ...]
    boot: float


@dataclass(frozen=True, slots=True)
class Profile:
    """How one family of modems is spoken to; `usb` maps `vid:pid` to the interface numbers of its AT ports, best first."""

    name: str
    usb: Mapping[str, tuple[int, ...]]
    manufacturer: str
    model: str
    iccid: tuple[Ask, ...]
    setup: tuple[str, ...]
    hints: tuple[str, ...]
    urcs: tuple[str, ...]
    quirks: frozenset[str]
    detection: Detection | None = None
    modem_reset: ModemReset | None = None

    def fits(self, manufacturer: str, model: str) -> bool:
        """Whether a modem that names itself so belongs to this family (the generic note fits nobody by name)."""
        return bool(self.model) and _found(self.manufacturer, manufacturer) and _found(self.model, model)

    def hints_at_card(self, line: str) -> bool:
        """Whether an unsolicited line says that the card may have moved."""
        return any(re.match(hint, line) for hint in self.hints)


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
    return _Note(name, text).profile()


def _places(lines: Iterable[str]) -> dict[str, int]:
    """The line of every table and key: `usb`, `match.model`, `iccid[1].timeout`."""
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(lines, 1):
        if header := _HEADER.match(line):
            table = header[2]
            if header[1] == "[[":
                table = next(entry for turn in count() if (entry := f"{header[2]}[{turn}]") not in found)
            found[table] = number
        elif key := _KEY.match(line):
            name = key[1].strip("\"'")
            found.setdefault(f"{table}.{name}" if table else name, number)
    return found


class _Note:
    """One note being read: knows where each key stands, so that an error can say it."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.file = f"firmware-notes/{name}.md"
        self.lines = text.splitlines()
        if not self.lines or self.lines[0].strip() != _FENCE or _FENCE not in (line.strip() for line in self.lines[1:]):
            raise NoteError(f"{self.file}:1: no front matter", f'begin the note with TOML between two lines "{_FENCE}"')
        end = next(number for number, line in enumerate(self.lines) if number and line.strip() == _FENCE)
        self.places = _places(self.lines[:end])
        try:
            self.front = tomllib.loads("\n".join(["", *self.lines[1:end]]))
        except tomllib.TOMLDecodeError as error:
            here = re.search(r"at line (\d+)", str(error))
            raise NoteError(f"{self.file}:{here[1] if here else end}: the front matter is no TOML: {error}") from error

    def wrong(self, path: str, what: str, mend: str = "") -> NoteError:
        """`path` as in _places(); what is missing is reported where its table begins."""
        near = path
        while near not in self.places and "." in near:
            near = near.rpartition(".")[0]
        key = re.sub(r"\[\d+\]", "", path)
        return NoteError(f"{self.file}:{self.places.get(near, 1)}: {key}: {what}", mend)

    def known(self, table: Mapping[str, Any], where: str, keys: Iterable[str]) -> None:
        for key in table:
            if key not in keys:
                raise self.wrong(f"{where}{key}", "unknown key", f"one of: {', '.join(sorted(keys))}")

    def table(self, table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = table.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, "must be a table")
        return value

    def text(self, table: Mapping[str, Any], key: str, where: str, default: str = "") -> str:
        value = table.get(key, default)
        if not isinstance(value, str):
            raise self.wrong(where + key, "must be a string")
        return value

    def texts(self, table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(where + key, "must be a list of strings")
        return tuple(value)

    def patterns(self, table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        found = self.texts(table, key, where)
        for pattern in found:
            if not pattern:
                raise self.wrong(where + key, "an empty pattern fits every line", "take it out")
            self.pattern(pattern, where + key)
        return found

    def pattern(self, pattern: str, key: str) -> str:
        try:
            empty = re.compile(pattern, re.ASCII).match("")
        except (re.error, ValueError, OverflowError) as error:
            raise self.wrong(key, f"{pattern!r} is no regular expression: {error}") from error
        if empty and pattern:
            raise self.wrong(key, f"{pattern!r} fits every text", "name at least one character that must be there")
        return pattern

    def commands(self, table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        found = self.texts(table, key, where)
        for text in found:
            self.command(text, where + key)
        return found

    def command(self, text: str, key: str) -> str:
        if not _COMMAND.fullmatch(text):
            raise self.wrong(key, f"{text!r} is no AT command", "write it as the modem gets it, AT first")
        return text

    def usb(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, tuple[int, ...]] = {}
        for usb_id, interfaces in self.table(self.front, "usb").items():
            if not re.fullmatch(r"[0-9a-f]{4}:[0-9a-f]{4}", usb_id):
                raise self.wrong(f"usb.{usb_id}", "no USB id", 'write it as "2c7c:0125", in lower case')
            if not isinstance(interfaces, list) or not all(type(number) is int and 0 <= number < 256 for number in interfaces):
                raise self.wrong(f"usb.{usb_id}", "must be a list of interface numbers")
            found[usb_id] = tuple(interfaces)
        return found

    def asks(self) -> tuple[Ask, ...]:
        found = []
        entries = self.front.get("iccid", [])
        if not isinstance(entries, list) or not entries:
            raise self.wrong("iccid", "the note must say how the ICCID is read", "add [[iccid]] with send, prefix, timeout, decoder")
        for turn, entry in enumerate(entries):
            where = f"iccid[{turn}]."
            if not isinstance(entry, dict):
                raise self.wrong("iccid", "must be tables", "write each as [[iccid]] with send, prefix, timeout, decoder")
            self.known(entry, where, {"send", "prefix", "timeout", "decoder"})
            decoder = self.text(entry, "decoder", where, "iccid")
            if decoder not in DECODERS:
                raise self.wrong(f"{where}decoder", f"unknown decoder {decoder!r}", f"one of: {', '.join(sorted(DECODERS))}")
            timeout = entry.get("timeout", 5)
            if type(timeout) not in (int, float) or not 0 < timeout <= 180:
                raise self.wrong(f"{where}timeout", "must be seconds, more than 0 and at most 180")
            send = self.command(self.text(entry, "send", where), f"{where}send")
            prefix = self.texts(entry, "prefix", where)
            if not prefix:
                raise self.wrong(f"{where}prefix", "the answer would never be found", 'name what it begins with, "" = bare digits')
            found.append(Ask(send, prefix, float(timeout), decoder))
        return tuple(found)

    def profile(self) -> Profile:
        front = self.front
        self.known(front, "", {"name", "usb", "match", "iccid", "setup", "hot_swap", "quirks"})
        if front.get("name") != self.name:
            raise self.wrong("name", f"must be {self.name!r}, as the file is called")
        match, hot_swap = self.table(front, "match"), self.table(front, "hot_swap")
        self.known(match, "match.", {"manufacturer", "model"})
        self.known(hot_swap, "hot_swap.", {"report", "hints", "urcs"})
        quirks = frozenset(self.texts(front, "quirks", ""))
        if unknown := quirks - QUIRKS:
            raise self.wrong("quirks", f"unknown quirk {sorted(unknown)[0]!r}", f"one of: {', '.join(sorted(QUIRKS))}")
        hints = self.patterns(hot_swap, "hints", "hot_swap.")
        return Profile(
            name=self.name,
            usb=self.usb(),
            manufacturer=self.pattern(self.text(match, "manufacturer", "match."), "match.manufacturer"),
            model=self.pattern(self.text(match, "model", "match."), "match.model"),
            iccid=self.asks(),
            setup=self.commands(front, "setup", "") + self.commands(hot_swap, "report", "hot_swap."),
            hints=hints,
            urcs=hints + self.patterns(hot_swap, "urcs", "hot_swap."),
            quirks=quirks,
        )
