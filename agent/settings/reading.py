"""Reading a TOML table by a table of keys: what a value must be, and how a wrong one is told."""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from agent.errors import ConfigError

Reader = Callable[[object], Any]
Place = Callable[[str], str]

REQUIRED: Final = object()
SHOWN: Final = 80
NAMES: Final[Mapping[type, str]] = {
    bool: "true or false",
    str: "text",
    int: "an integer",
    float: "a decimal number",
    list: "an array",
    dict: "a table",
}


class WrongError(ValueError):
    """`what` is wrong with a value, and its `mend`; the caller knows the file and the key."""

    def __init__(self, what: str, mend: str, *, shown: bool = True) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend
        self.shown = shown


def kind(value: object) -> str:
    """What a TOML value is, for people: `text`, `an integer`, ..."""
    return NAMES.get(type(value), "a date or time")


def nearest(word: object, known: Iterable[str]) -> str:
    """The mend for a word that is none of the known ones."""
    from difflib import get_close_matches  # noqa: PLC0415  only a wrong file pays for it

    known = list(known)
    near = get_close_matches(word, known, n=1) if isinstance(word, str) else []
    return f'did you mean "{near[0]}"?' if near else "known here: " + ", ".join(known)


def text(longest: int = 4095) -> Reader:
    """Printable text, 1 to `longest` characters, no space at either end."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise WrongError(f"is {kind(value)}, not text", "write it in quotes")
        if not 1 <= len(value) <= longest:
            raise WrongError(f"has {len(value)} characters", f"write 1 to {longest}")
        if not value.isprintable() or value != value.strip():
            raise WrongError("holds a control character, or a space at an end", "take it out")
        return value

    return read


def matching(pattern: str, what: str, mend: str) -> Reader:
    """Text that fits `pattern` from end to end."""
    plain = text()

    def read(value: object) -> str:
        word: str = plain(value)
        if not re.fullmatch(pattern, word, re.ASCII):
            raise WrongError(what, mend)
        return word

    return read


def one_of(*words: str) -> Reader:
    """One word of a closed list."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        raise WrongError(f"is none of {', '.join(words)}", nearest(value, words))

    return read


def yes_or_no(value: object) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise WrongError(f"is {kind(value)}, not true or false", "write true or false, without quotes")
    return value


def whole(lowest: int, highest: int) -> Reader:
    """An integer from `lowest` to `highest`; true and false are none."""

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise WrongError(f"is {kind(value)}, not an integer", f"write one from {lowest} to {highest}")
        if not lowest <= value <= highest:
            raise WrongError("is out of range", f"write {lowest} to {highest}")
        return value

    return read


def number(lowest: float, highest: float) -> Reader:
    """A number from `lowest` to `highest`; nan, true and false are none."""

    def read(value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise WrongError(f"is {kind(value)}, not a number", f"write one from {lowest:g} to {highest:g}")
        if not lowest <= value <= highest:
            raise WrongError("is out of range", f"write {lowest:g} to {highest:g}")
        return float(value)

    return read


class Key(NamedTuple):
    """How one key is read; `default` holds where it is absent. The value of a `secret` key is never shown."""

    read: Reader
    default: object = REQUIRED
    secret: bool = False


class Row(NamedTuple):
    """One `[[table]]`: its values, the keys that are really there, and the words that point at a key of it."""

    values: dict[str, Any]
    given: frozenset[str]
    place: Place


class Reading:
    """One file being read; every error is kept, the first one first."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.errors: list[ConfigError] = []

    def wrong(self, key: str, value: object, what: str, mend: str) -> None:
        """Keep one error. Long values, arrays and tables are not repeated."""
        # repr() refuses the longest integers.
        plain = isinstance(value, str | float) or (isinstance(value, int) and value.bit_length() < 8 * SHOWN)
        shown = value if plain and len(repr(value)) <= SHOWN else None
        self.errors.append(ConfigError(str(self.file), key, shown, what, mend))

    def table(self, found: object, keys: Mapping[str, Key], place: Place) -> dict[str, Any]:
        """The values of one table; what is missing or wrong has its default, or None."""
        values = {name: None if key.default is REQUIRED else key.default for name, key in keys.items()}
        if not isinstance(found, dict):
            self.wrong(place(""), None, f"is {kind(found)}, not a table", "write its name in brackets on a line of its own")
            return values
        self.known(found, keys, place)
        for name, key in keys.items():
            if name in found:
                self.value(values, name, found[name], key, place(name))
            elif key.default is REQUIRED:
                self.wrong(place(name), None, "missing", "add it")
        return values

    def known(self, found: Mapping[str, object], names: Iterable[str], place: Place) -> None:
        """Refuse keys of other names. A misspelt key may hold a secret, so its value is not repeated."""
        names = list(names)
        for name in found:
            if name not in names:
                self.wrong(place(in_line(name)), None, "unknown key", nearest(name, names))

    def value(self, values: dict[str, Any], name: str, found: object, key: Key, place: str) -> None:
        """Read one value into `values[name]`."""
        try:
            values[name] = key.read(found)
        except WrongError as error:
            self.wrong(place, found if error.shown and not key.secret else None, error.what, error.mend)

    def tables(self, found: object, keys: Mapping[str, Key], name: str) -> list[Row]:
        """The values of every `[[name]]`."""
        if not isinstance(found, list):
            self.wrong(name, None, f"is {kind(found)}, not a list of tables", f"write [[{name}]], in double brackets")
            return []
        rows = []
        for turn, one in enumerate(found, 1):
            place = _place(name, turn, one)
            rows.append(Row(self.table(one, keys, place), frozenset(one if isinstance(one, dict) else ()), place))
        return rows

    def unique(self, taken: dict[Hashable, str], value: Hashable, key: str, shown: object) -> None:
        """Refuse `value` where another key, kept in `taken`, holds it already; None is free to all."""
        if value in taken:
            self.wrong(key, shown, f"already taken by {taken[value]}", "give each its own")
        elif value is not None:
            taken[value] = key


def in_line(name: str) -> str:
    """A name from the file, fit for one line."""
    return name if name.isprintable() and len(name) <= SHOWN else repr(name[:SHOWN])


def _place(table: str, turn: int, found: object) -> Place:
    name = found.get("name") if isinstance(found, dict) else None
    head = f'[[{table}]] "{in_line(name)}"' if isinstance(name, str) else f"[[{table}]] {turn}"
    return lambda key: f"{head} {key}".rstrip()
