"""What a sound row of each table looks like that is worth saving. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.modems.pin import Outcome
from agent.sim.identity import Iccid, Msisdn
from agent.sync import rows
from agent.sync.changes import from_text, unpacked

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Its columns, the version of the schema that brought it, and a reading of one row: ValueError or TypeError when it is not sound."""

    columns: tuple[str, ...]
    since: int
    read: Callable[[Row], object]


def _owner(row: Row) -> None:
    Iccid(row[0])
    Msisdn(row[1], row[2])


def _pin(row: Row) -> None:
    Iccid(row[0])
    _typed(row[1:4], bytes, bytes, int | None)
    Outcome(row[4])


def _held(row: Row) -> None:
    _typed(row, str, str, float | None, str)


def _listing(row: Row) -> None:
    rows.to_listing(row[:-1])
    _typed(row[-1:], float | None)


def _beginning(row: Row) -> None:
    _typed(row, str, str, float)


def _enquiry(row: Row) -> None:
    _typed(row, str, float)


def _past(row: Row) -> None:
    _typed(row, bytes)
    for change, at, came, went, mark in unpacked(row[0]):
        _typed((change, at, mark), int, float | None, int)
        from_text(came), from_text(went)


def _typed(values: Sequence[Any], *kinds: Any) -> None:
    for value, kind in zip(values, kinds, strict=True):
        if not isinstance(value, kind):
            raise TypeError(f"{type(value).__name__} where {kind} belongs")


TABLES: Mapping[str, Table] = {
    "owners": Table(("iccid", "number", "calling_code"), 2, _owner),
    "pins": Table(("iccid", "salt", "digest", "left", "outcome"), 2, _pin),
    "quarantine": Table(("number", "reason", "at", "form"), 1, _held),
    "cards": Table(tuple(rows.CARD), 1, rows.to_card),
    "enquiries": Table(("iccid", "at"), 2, _enquiry),
    "beginnings": Table(("iccid", "number", "began"), 3, _beginning),
    "past": Table(("packed",), 5, _past),
    "listings": Table((*rows.LISTING, "began"), 1, _listing),
}
