"""Families of simulated modems: what families.toml says of each."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from agent.errors import NoteError


@dataclass(frozen=True, slots=True)
class Setting:
    """A command that keeps a value; `legal` is a regex; `nv`: kept over a restart and in force only after it."""

    value: str
    legal: str = ".*"
    nv: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    """One table of families.toml; the keys are explained there."""

    name: str
    manufacturer: str
    model: str
    revision: str
    echo: bool = True
    absent: int = 10
    offline: int = 13
    unknown: str = "ERROR"
    get_response: int | None = None
    fcp: bool = False
    no_sim: str = ""
    flight_drops_sim: bool = False
    empty_alpha: bool = False
    lacks: tuple[str, ...] = ()
    restart: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settings: Mapping[str, Setting] = field(default_factory=dict)
    urcs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reports: Mapping[str, str] | None = None
    hides: Mapping[str, str] | None = None
    chatter: tuple[str, ...] = ()
    chatter_stop: Mapping[str, str] | None = None


@cache
def families() -> Mapping[str, Family]:
    """All families by name."""
    table = tomllib.loads(files("hw.simulated").joinpath("families.toml").read_text("utf-8"))
    forbidden = tuple(table["common"]["forbidden"])
    return {name: _family(name, forbidden, entry) for name, entry in table["family"].items()}


def family(name: str) -> Family:
    """The family of that name; NoteError when families.toml has none."""
    try:
        return families()[name]
    except KeyError:
        raise NoteError(f"families.toml: no family {name!r}", f"one of: {', '.join(families())}") from None


def _family(name: str, forbidden: tuple[str, ...], entry: dict[str, Any]) -> Family:
    for key in ("lacks", "restart", "chatter"):
        entry[key] = tuple(entry.get(key, ()))
    for key in ("answers", "urcs"):
        entry[key] = {asked: tuple(lines) for asked, lines in entry.get(key, {}).items()}
    entry["settings"] = {command: Setting(**setting) for command, setting in entry.get("settings", {}).items()}
    return Family(name=name, forbidden=forbidden, **entry)
