"""Verbs that ask the running agent: status, queue, sync, fake."""

import sys
from typing import Any

import click

from agent.cli import completion
from agent.cli.common import ask, config_option, json_option, show_json, table
from agent.cli.one_slot import slot_table
from agent.cli.times import ago, moment, until


@click.command()
@config_option
@json_option
def status(config: str | None, as_json: bool) -> None:
    """What is on sale, what is not and why, and how the endpoint takes it."""
    answer = ask(config, "status")
    if as_json:
        show_json(answer)
        return
    endpoint, waiting = answer["endpoint"], answer["queue"]["pending"]
    pending = "unknown" if waiting is None else waiting
    on_sale = sum(slot["on_sale"] for slot in answer["slots"])
    click.echo(f"{answer['gateway']}: {on_sale} of {len(answer['slots'])} slots on sale; started {ago(answer['since'])}")
    click.echo(f"endpoint: {endpoint['state']}, last accepted {ago(endpoint['last_ok'])}; changes waiting: {pending}")
    if endpoint["last_error"] and endpoint["state"] != "ok":
        click.echo(f"endpoint: {endpoint['last_error']}; next try in {until(endpoint['next_try'])}")
    if not answer["clock_ok"]:
        click.echo("clock: not known to be right; date_start is left out")
    if answer["warning"]:
        click.echo(f"warning: {answer['warning']}")
    if answer["unclaimed"]:
        strays = [f"{one['usb']} ({one['usb_id']})" for one in answer["unclaimed"]]
        click.echo(f"modems where no slot is: {', '.join(strays)}")
    slot_table(answer["slots"])


@click.command()
@config_option
@json_option
def queue(config: str | None, as_json: bool) -> None:
    """The changes that the endpoint has not taken yet, oldest first."""
    answer = ask(config, "queue")
    if as_json:
        show_json(answer)
        return
    rows = [
        [str(change["id"]), moment(change["at"]), f"+{len(change['added'])}", f"-{len(change['removed'])}", _names(change)]
        for change in answer
    ]
    table([["CHANGE", "AT", "ON", "OFF", "NUMBERS"], *rows] if rows else [["nothing waits"]])


@click.command()
@config_option
@json_option
@click.option(
    "--test", type=click.Choice(["test1", "test2"]), help="test1: the endpoint checks and saves nothing; test2: it prints the request back."
)
@click.option("--dry-run", is_flag=True, help="Send nothing; print what the next POST would add and remove, and why.")
def sync(config: str | None, as_json: bool, test: str | None, dry_run: bool) -> None:
    """Send the list now, and wait for the endpoint's answer."""
    if dry_run and test:
        raise click.UsageError("--dry-run sends nothing, so it cannot go with --test")
    if dry_run:
        answer = ask(config, "difference")
        if as_json:
            show_json(answer)
        else:
            _changes(answer)
        return
    answer = ask(config, "sync", test=test)
    if as_json:
        show_json(answer)
    else:
        click.echo(answer.get("echo") or " ".join(filter(None, (answer["verdict"], answer["why"]))))
    sys.exit(0 if answer["verdict"] in ("accepted", "echo") else 1)


@click.command()
@click.argument("verb", type=click.Choice(["insert", "eject", "plug", "unplug"]))
@click.argument("slot", shell_complete=completion.slots)
@config_option
@json_option
def fake(verb: str, slot: str, config: str | None, as_json: bool) -> None:
    """Move the simulated SIM line or modem of SLOT (mock board only)."""
    answer = ask(config, "fake", move=verb, slot=slot)
    if as_json:
        show_json(answer)


def _changes(answer: dict[str, Any]) -> None:
    lines = [f"{sign} {number}  {answer['why'][number]}" for sign, key in (("+", "add"), ("-", "remove")) for number in answer[key]]
    click.echo("\n".join(lines) or "nothing to add, nothing to remove")
    for one in answer["fading"]:
        click.echo(f"~ {one['number']}  {one['slot']}: on its lease, {one['seconds']:.0f} s left: {one['why']}")
    if answer["held"]:
        click.echo("the first list since the start waits until every slot has spoken (simgate slots)")


def _names(change: dict[str, Any]) -> str:
    return " ".join([f"+{number}" for number in change["added"]] + [f"-{number}" for number in change["removed"]])[:120]
