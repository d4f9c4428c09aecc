"""The front matter of one firmware note: typed access that refuses a wrong value with file, line and key. Pure."""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from itertools import count
from typing import Any

from agent.errors import NoteError

_FENCE = "+++"
_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[\w.-]+)\s*=""")
_COMMAND = re.compile(r"AT[ -~]+")
LONGEST = 180.0  # seconds: the longest time limit of any command in any manual


class Front:
    """The TOML at the head of `firmware-notes/<name>.md`; `keys` are the keys that each of its tables may have, "" = the outermost."""

    def __init__(self, name: str, text: str, keys: Mapping[str, Collection[str]]) -> None:
        self.file = f"firmware-notes/{name}.md"
        self.keys = keys
        lines = text.splitlines()
        if not lines or lines[0].strip() != _FENCE or _FENCE not in (line.strip() for line in lines[1:]):
            raise NoteError(f"{self.file}:1: no front matter", f'begin the note with TOML between two lines "{_FENCE}"')
        end = next(number for number, line in enumerate(lines) if number and line.strip() == _FENCE)
        self._places = _places(lines[:end])
        try:
            values = tomllib.loads("\n".join(["", *lines[1:end]]))
        except (ValueError, RecursionError) as error:  # tomllib lets int() and the stack speak for themselves
            here = re.search(r"at line (\d+)", str(error))
            raise NoteError(f"{self.file}:{here[1] if here else end}: the front matter is no TOML: {error}") from error
        self.root = Table(self, "", values)

    def wrong(self, path: str, what: str, mend: str = "") -> NoteError:
        """`path` like `iccid[1].timeout`; what is missing is reported where its table begins."""
        near = path
        while not (lines := self._lines_of(near)) and "." in near:
            near = near.rpartition(".")[0]
        return NoteError(f"{self.file}:{min(lines, default=1)}: {_key(path)}: {what}", mend)

    def _lines_of(self, path: str) -> list[int]:
        """Of a table that only its tables make, `[[pin.attempts]]` say, theirs."""
        return [line for place, line in self._places.items() if place == path or place.startswith((f"{path}.", f"{path}["))]


class Table:
    """One table of a front matter. NoteError at once for a key that it may not have, and by every getter for a wrong value."""

    def __init__(self, front: Front, path: str, values: Mapping[str, Any]) -> None:
        self._front, self._path, self.values = front, path, values
        allowed = front.keys.get(_key(path))
        for key in values:
            if allowed is not None and key not in allowed:
                raise self.wrong(key, "unknown key", f"one of: {', '.join(sorted(allowed))}")

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def wrong(self, key: str, what: str, mend: str = "") -> NoteError:
        """What is wrong with `key` of this table."""
        return self._front.wrong(self._at(key), what, mend)

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def table(self, key: str) -> "Table":
        """The table under `key`, an empty one when there is none."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, "must be a table")
        return Table(self._front, self._at(key), value)

    def tables(self, key: str) -> list["Table"]:
        """The tables `[[key]]`."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise self.wrong(key, "must be tables", f"write each as [[{self._at(key)}]]")
        return [Table(self._front, f"{self._at(key)}[{turn}]", entry) for turn, entry in enumerate(value)]

    def text(self, key: str) -> str:
        """A string, "" when there is none."""
        value = self.values.get(key, "")
        if not isinstance(value, str):
            raise self.wrong(key, "must be a string")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(key, "must be a list of strings")
        return tuple(value)

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "must be true or false")
        return value

    def seconds(self, key: str, default: float) -> float:
        """A time in seconds, more than 0."""
        value = self.values.get(key, default)
        if type(value) not in (int, float) or not 0 < value <= LONGEST:
            raise self.wrong(key, f"must be seconds, more than 0 and at most {LONGEST:.0f}")
        return float(value)

    def numbers(self, key: str) -> tuple[int, ...]:
        """A list of small integers, none twice."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(type(number) is int and 0 <= number < 256 for number in value):
            raise self.wrong(key, "must be a list of interface numbers")
        if len(set(value)) != len(value):
            raise self.wrong(key, "names an interface twice")
        return tuple(value)

    def one_of(self, key: str, names: Collection[str], default: str) -> str:
        """A string out of a closed list."""
        value = self.text(key) if key in self else default
        if value not in names:
            raise self.wrong(key, f"unknown {key} {value!r}", f"one of: {', '.join(sorted(names))}")
        return value

    def pattern(self, key: str) -> str:
        """A regular expression, "" when there is none."""
        pattern = self.text(key)
        return self._pattern(key, pattern) if pattern else ""

    def patterns(self, key: str) -> tuple[str, ...]:
        """Regular expressions, none of which fits every line."""
        return tuple(self._pattern(key, pattern) for pattern in self.texts(key))

    def _pattern(self, key: str, pattern: str) -> str:
        try:
            empty = re.compile(pattern, re.ASCII).match("")
        except (re.error, ValueError, OverflowError, RecursionError) as error:
            raise self.wrong(key, f"{pattern!r} is no regular expression: {error}") from error
        if empty:
            raise self.wrong(key, f"{pattern!r} fits every text", "name at least one character that must be there")
        return pattern

    def command(self, key: str) -> str:
        """One AT command."""
        return self._command(key, self.text(key))

    def commands(self, key: str) -> tuple[str, ...]:
        """AT commands in their order."""
        return tuple(self._command(key, text) for text in self.texts(key))

    def _command(self, key: str, text: str) -> str:
        if not _COMMAND.fullmatch(text):
            raise self.wrong(key, f"{text!r} is no AT command", "write it as the modem gets it, AT first")
        return text


def _key(path: str) -> str:
    return re.sub(r"\[\d+\]", "", path)


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
