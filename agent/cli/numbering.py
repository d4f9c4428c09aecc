"""`simgate number`: the owner's own table of SIMs and numbers; through the running agent, or straight in its database."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from agent.cli.common import ask, config_option, json_option, show_json, table
from agent.cli.groups import Told
from agent.cli.named import settings_of
from agent.errors import IdentityError, NoAgentError, RefusedError, SimgateError
from agent.settings.values import Settings
from agent.sim.identity import Iccid, Msisdn
from agent.sim.numbering import owner_number
from agent.sim.owners import clash, overruled, read_csv, write_csv

if TYPE_CHECKING:
    from agent.sync.ledger import Ledger

T = TypeVar("T")

ROOM = 1000 * 1000  # octets of numbers in one request; a running agent takes 1 MiB

Owned = Mapping[Iccid, Msisdn]


@click.group(cls=Told)
def number() -> None:
    """The numbers that you give to SIMs, bound to their ICCIDs."""


@number.command("set")
@click.argument("iccid")
@click.argument("number_", metavar="NUMBER")
@config_option
def number_set(iccid: str, number_: str, config: str | None) -> None:
    """Give the SIM ICCID its NUMBER, as +447700900123."""
    card, given = _read(Iccid.parse, iccid), _read(owner_number, number_)
    _give(config, {card: given})
    click.echo(f"SIM {card.digits}: {given}")


@number.command("unset")
@click.argument("iccid")
@config_option
def number_unset(iccid: str, config: str | None) -> None:
    """Take the number of the SIM ICCID out of the table."""
    card = _read(Iccid.parse, iccid)
    try:
        had = ask(config, "disown", iccid=card.digits)["unset"]
    except NoAgentError:
        had = _alone(settings_of(config).store, lambda ledger: ledger.disown(card))
    if not had:
        raise RefusedError("the table has no number for this SIM", "see: simgate number list")
    click.echo(f"SIM {card.digits}: no number in the table any more")


@number.command("import")
@click.argument("file", metavar="CSV", type=click.Path(allow_dash=True))
@config_option
def number_import(file: str, config: str | None) -> None:
    """Take the numbers of a CSV file (header: iccid,number; - is stdin) into the table, all of them or none."""
    try:
        with click.open_file(file, "rb") as opened:
            text = opened.read().decode("utf-8-sig")
    except OSError as error:
        raise SimgateError(f"{file}: cannot be read: {error.strerror}", "name a CSV file") from error
    except UnicodeDecodeError as error:
        raise SimgateError(f"{file}: is not UTF-8", "save it as UTF-8") from error
    owned, wrong = read_csv(text)
    if wrong:
        click.echo("\n".join(f"simgate: {file}:{one}" for one in wrong), err=True)
        raise SimgateError(f"{file}: nothing was taken in", "mend these lines, and import it again")
    _give(config, owned)
    click.echo(f"{len(owned)} numbers")


@number.command("export")
@click.argument("file", metavar="[CSV]", required=False, type=click.Path(dir_okay=False, path_type=Path))
@config_option
@json_option
def number_export(file: Path | None, config: str | None, as_json: bool) -> None:
    """Write the table as CSV that import takes, to stdout or into a new file."""
    owned = owned_numbers(config)
    if as_json:
        show_json([{"iccid": iccid.digits, "number": str(given)} for iccid, given in owned.items()])
    elif file is None:
        click.echo(write_csv(owned), nl=False)
    else:
        _write(file, write_csv(owned))


@number.command("list")
@config_option
@json_option
def number_list(config: str | None, as_json: bool) -> None:
    """Every number that you gave, in the table or as [[card]], and which of two counts."""
    owned, cards = owned_numbers(config), _config(settings_of(config))
    found = [(iccid, given, "config", True) for iccid, given in cards.items()]
    found += [(iccid, given, "table", cards.get(iccid, given) == given) for iccid, given in owned.items()]
    found.sort(key=lambda row: (row[0].digits, row[2]))
    if as_json:
        show_json([{"iccid": iccid.digits, "number": str(given), "from": where, "counts": counts} for iccid, given, where, counts in found])
        return
    rows = [
        [iccid.digits, str(given), where, "" if counts else "does not count: [[card]] says otherwise"]
        for iccid, given, where, counts in found
    ]
    table([["ICCID", "NUMBER", "FROM", "NOTE"], *rows] if rows else [["no number was given"]])


def _read(parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except IdentityError as error:
        raise click.UsageError(str(error)) from error


def _config(settings: Settings) -> dict[Iccid, Msisdn]:
    return {card.iccid: card.number for card in settings.cards if card.number}


def _give(config: str | None, owned: Owned) -> None:
    settings = settings_of(config)
    cards = _config(settings)
    numbers = {iccid.digits: str(given) for iccid, given in owned.items()}
    if sum(map(len, [*numbers, *numbers.values()])) + 10 * len(numbers) > ROOM:
        raise SimgateError(f"{len(owned)} numbers are more than one import takes", "split the file")
    try:
        ask(config, "own", numbers=numbers)
    except NoAgentError:

        def own(ledger: "Ledger") -> None:
            if wrong := clash(owned, ledger.owned(), cards):
                raise RefusedError(wrong, "unset one of the two")
            ledger.own(owned)

        _alone(settings.store, own)
    for one in overruled(owned, cards, owned):
        click.echo(f"simgate: {one}", err=True)


def owned_numbers(config: str | None) -> dict[Iccid, Msisdn]:
    """The owner's table: the running agent's, else the database's. SimgateError."""
    try:
        return {Iccid(iccid): owner_number(given) for iccid, given in ask(config, "numbers").items()}
    except NoAgentError:
        from agent.sync import unopened  # noqa: PLC0415  as below

        return unopened.owned(settings_of(config).store)


def _alone(path: Path, do: Callable[["Ledger"], T]) -> T:
    """The same without an agent. StoreError when one has the file all the same."""
    from agent.sync import unopened  # noqa: PLC0415  60 ms that a verb with a running agent should not cost
    from agent.sync.ledger import Ledger  # noqa: PLC0415

    there = unopened.there(path, os.W_OK)
    with Ledger.opened(path) as ledger:
        if not there and os.geteuid() == 0:
            # Or the agent, which is not root, could never open it.
            owner = path.parent.stat()
            os.chown(path, owner.st_uid, owner.st_gid)
        return do(ledger)


def _write(path: Path, text: str) -> None:
    """A file that nobody else may read: ICCIDs and numbers are nobody else's business."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise SimgateError(f"{path}: cannot be written: {error.strerror}", "name a new file in a directory of yours") from error
