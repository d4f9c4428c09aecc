"""Texts and documents for somebody far away: no identity, no key, no PIN in them, in whatever spelling."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from agent.modems.scrub import Scrubber
from agent.modems.scrub_files import swapped
from agent.settings.keys import KEYS
from agent.sync.request import Secret

HIDDEN = "***"
SHORTEST = 7  # digits that could name anybody
# What stands in front of a line of the journal (short-iso) or of the kernel's ring: dates are nobody's.
_STAMP = re.compile(r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:?\d\d |\[ *\d+\.\d+\] )?")


def spellings(identity: str) -> Iterator[str]:
    """As digits, in BCD from either nibble (TS 24.008 10.5.4.7), in UCS2 and ASCII as hex; upper case, without plus and filler."""
    digits = identity.removeprefix("+").upper()
    yield digits
    for nibbles in (digits, digits[1:]):
        yield swapped(nibbles)
        yield swapped(nibbles + "F" * (len(nibbles) % 2))
    yield digits.encode("utf-16-be").hex().upper()
    yield digits.encode("ascii").hex().upper()


class Veil:
    """`known`: identities that must not appear, each digit of which is replaced should anything else have missed it.

    Every other run of digits that could be an identity gets a pseudonym, the same one wherever it stands.
    """

    def __init__(self, salt: bytes, known: Iterable[str], pins: Iterable[str], key: Secret) -> None:
        self._scrubber, self._key = Scrubber(salt), key
        forms = {form for identity in known for form in spellings(identity) if len(form) >= SHORTEST}
        # The longest first, or a part of a form would leave the rest of it.
        self._known = _any_of(re.escape(form) for form in sorted(forms, key=len, reverse=True))
        self._pins = _any_of(rf"(?<!\d){pin}(?!\d)" for pin in sorted(set(pins)))

    def words(self, text: str) -> str:
        """One string, without a stamp."""
        shown = self._scrubber.words(self._key.hidden_in(text))
        shown = self._known.sub(lambda found: "*" * len(found[0]), shown)
        return self._pins.sub(lambda found: "*" * len(found[0]), shown)

    def lines(self, text: str) -> str:
        """Many lines of a log."""
        return "".join(f"{self._line(line)}\n" for line in text.splitlines())

    def _line(self, line: str) -> str:
        stamp = _STAMP.match(line)
        at = stamp.end() if stamp else 0
        return line[:at] + self.words(line[at:])

    def document(self, value: Any) -> Any:
        """A JSON document; its numbers are times, counts and ids."""
        if isinstance(value, str):
            return self.words(value)
        if isinstance(value, Mapping):
            return {self.words(str(key)): self.document(inner) for key, inner in value.items()}
        return [self.document(inner) for inner in value] if isinstance(value, list | tuple) else value

    def configuration(self, tables: Mapping[str, Any], *, key_is_file: bool) -> dict[str, Any]:
        """The file's tables; hidden are PINs, what has no known place, and an api_key_file that names no file: it may be the key itself."""
        hidden = {("card", "pin")} | (set() if key_is_file else {("endpoint", "api_key_file")})
        return {self.words(name): self._table(name, value, hidden) for name, value in tables.items()}

    def _table(self, name: str, value: Any, hidden: set[tuple[str, str]]) -> Any:
        if isinstance(value, list):
            return [self._table(name, inner, hidden) for inner in value]
        if not isinstance(value, Mapping) or name not in KEYS:
            return HIDDEN
        return {self.words(key): self._value(name, key, inner, hidden) for key, inner in value.items()}

    def _value(self, name: str, key: str, value: Any, hidden: set[tuple[str, str]]) -> Any:
        stray = key not in KEYS[name] or (name, key) in hidden
        # Of cards everything is a text; a number may be one of theirs with its quotes forgotten.
        if stray or (name == "card" and not isinstance(value, str)) or (isinstance(value, str) and "@" in value):
            return HIDDEN
        return self.document(value) if isinstance(value, str | list | Mapping | int | float) else str(value)


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns) or r"(?!)", re.IGNORECASE)
