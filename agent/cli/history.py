"""`simgate history`: what came on the list and went from it, and when the endpoint heard of it."""

import csv
import re
import sys
import time
from typing import Any

import click

from agent.cli import completion, times
from agent.cli.common import ask, config_option, json_option, show_json, table
from agent.cli.named import settings_of, slot_named
from agent.cli.times import moment
from agent.errors import NoAgentError

COLUMNS = ("at", "what", "number", "slot", "iccid", "operator", "reached", "pending")


@click.command()
@click.option("--slot", shell_complete=completion.slots, help="Only what was in this slot.")
@click.option("--number", help="Only this number, in full: +447700900123.")
@click.option("--since", callback=times.since, metavar="TIME", help="Only what is newer: 2h, 30min, 7d, 2026-11-25.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="The newest so many.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, times in UTC.")
@config_option
@json_option
def history(slot: str | None, number: str | None, since: float | None, limit: int, as_csv: bool, config: str | None, as_json: bool) -> None:
    """What came on the list and went, and when the endpoint heard of it."""
    digits = re.sub(r"[^0-9]", "", number) if number is not None else None
    if digits == "":
        raise click.UsageError(f"{number!r} is no number")
    try:
        found = ask(config, "history", slot=slot, number=digits, since=since, limit=limit)
    except NoAgentError:
        from agent.sync.history import Wish, of_file  # noqa: PLC0415  60 ms that a verb with a running agent should not cost

        found = of_file(settings_of(config).store, Wish(slot, digits, since, limit))
    if not found and slot is not None:
        slot_named(config, slot)
    if as_json:
        show_json(found)
    elif as_csv:
        _csv(found)
    else:
        _table(found, limit)


def _table(found: list[dict[str, Any]], limit: int) -> None:
    rows = [[moment(one["at"]), one["what"], one["number"], one["slot"], one["operator"] or "-", _reached(one)] for one in found]
    table(
        [["AT", "WHAT", "NUMBER", "SLOT", "OPERATOR", "ENDPOINT HEARD OF IT"], *rows]
        if rows
        else [["nothing is known to have come or gone"]]
    )
    if len(found) == limit:
        click.echo(f"the newest {limit}; more with --limit")


def _reached(one: dict[str, Any]) -> str:
    if one["pending"]:
        return "not yet"
    return moment(one["reached"]) if one["reached"] is not None else "yes, nobody knows when"


def _csv(found: list[dict[str, Any]]) -> None:
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(COLUMNS)
    for one in found:
        cells = {**one, "at": _utc(one["at"]), "reached": _utc(one["reached"]), "pending": "yes" if one["pending"] else "no"}
        rows.writerow(["" if cells[column] is None else cells[column] for column in COLUMNS])


def _utc(wall: float | None) -> str | None:
    return None if wall is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(wall))
