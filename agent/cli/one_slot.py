"""Verbs about slots: all of them in a table, one with its whole story, one question to its modem."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import click

from agent.cli import common, completion
from agent.cli.common import config_option, json_option, show_json, table
from agent.cli.times import ago, moment, span, until
from agent.slots.rungs import DONE, news, over

Document = dict[str, Any]
SHOWN = 30  # lines of the dialogue; --json has all that is known


@click.command()
@click.argument("slot", required=False, shell_complete=completion.slots)
@config_option
@json_option
def slots(slot: str | None, config: str | None, as_json: bool) -> None:
    """Every slot: its state, its number, and why it is not on sale; of one SLOT the whole story."""
    answer = common.ask(config, "status")["slots"] if slot is None else common.ask(config, "story", slot=slot)
    if as_json:
        show_json(answer)
    elif slot is None:
        slot_table(answer)
    else:
        click.echo("\n".join(_story(answer)))


@click.command()
@click.argument("slot", shell_complete=completion.slots)
@click.argument("command")
@click.option("--force", is_flag=True, help="Also what is not known to be harmless; never what writes, sends, calls or locks.")
@config_option
@json_option
def ask(slot: str, command: str, force: bool, config: str | None, as_json: bool) -> None:
    """Ask the modem of SLOT one AT COMMAND, through the running agent."""
    answer = common.ask(config, "ask", slot=slot, command=command, force=force)
    if as_json:
        show_json(answer)
    else:
        for line in answer["lines"]:
            click.echo(line)
        click.echo(answer["final"], err=not answer["ok"])
    sys.exit(0 if answer["ok"] else 1)


def slot_table(found: list[dict[str, Any]]) -> None:
    """Every slot in a line."""
    rows = [
        [slot["slot"], "on sale" if slot["on_sale"] else slot["state"], slot["number"] or "-", slot["operator"] or "-", _why(slot)]
        for slot in found
    ]
    table([["SLOT", "STATE", "NUMBER", "OPERATOR", "WHY"], *rows])


def _why(slot: Document) -> str:
    """Why it is not on sale, and what was done last for its modem."""
    told = [slot["why"]] if slot["why"] else []
    if (done := news(slot)) is not None:
        # What was the matter with one that is well again stands in its story; here it would read as if it were so still.
        told.append(f"recovery: {_recovery(done, said=done['why'] if over(slot) else slot['why'] or '')}")
    return "; ".join(told)


def _recovery(done: Mapping[str, Any], said: str = "") -> str:
    again = f", next in {until(done['next'])}" if done["next"] is not None else ""
    why = f": {done['why']}" if done["why"] not in said else ""
    return f"{DONE.get(done['rung'], done['rung'])} {ago(done['when'])}, try {done['attempts']}{again}{why}"


def _story(told: Document) -> Iterator[str]:
    """Why it is or is not on sale, what vouches for it, what happened, what was done, what was said."""
    yield f"{told['slot']}: {'on sale' if told['on_sale'] else 'not on sale'}{': ' + told['why'] if told['why'] else ''}"
    where = f" on {told['tty']}" if told["tty"] else ""
    yield f"modem: {told['modem'] or 'none answers'}{where}; state: {told['state']}; LED: {told['led']}"
    yield from ["", "What vouches for it", *(f"  {name:<13} {text}" for name, text in _evidence(told["evidence"], told["operator"]))]
    yield from ["", f"What happened since {moment(told['since'])}", *(_lines(told["timeline"]) or ["  nothing"])]
    steps = [one for one in told["timeline"] if one["about"] == "recovery"]
    yield from ["", "What was done for its modem", *(_lines(steps) or ["  nothing"])]
    if (done := told["recovery"]) is not None and not over(told):
        yield f"  at present: {_recovery(done)}"
    yield from ["", "What was said last, identities masked", *(_said(told["dialogue"][-SHOWN:]) or ["  nothing"])]


def _evidence(found: Document, operator: str | None) -> Iterator[tuple[str, str]]:
    line, card, served, number = found["line"], found["card"], found["registration"], found["number"]
    if line is None:
        yield "line", "the slot has none: the modem alone is believed"
    else:
        says = {True: "card in", False: "no card", None: "it has not held its level yet"}[line["card_in"]]
        yield "line", f"{says}, looked at {_age(line['age'])}"
    if card is None:
        yield "SIM", "none is known"
    else:
        yield "SIM", f"{card['iccid']}, in here for {_span(card['here'])}, read {_age(card['read'])}, seen {_age(card['seen'])}"
        yield (
            "registration",
            f"{served['state'] or 'not told'}, service seen {_age(served['served'])}, home operator {operator or '-'}",
        )
    if number is None:
        yield "number", "none is known"
    else:
        yield "number", f"{number['number']} from {number['from']}{', read ' + _age(number['age']) if number['age'] is not None else ''}"
    yield "lease", "nothing is on sale" if found["lease_left"] is None else f"ends in {_span(found['lease_left'])} unless it is seen again"


def _lines(entries: list[Document]) -> list[str]:
    return [f"  {moment(one['at'])}  {one['what']}{_again(one)}" for one in entries]


def _again(one: Document) -> str:
    return f" ({one['times']} times, last {moment(one['last'])})" if one["times"] > 1 else ""


def _said(lines: list[Document]) -> list[str]:
    return [f"  {-one['ago']:9.3f} s  {'>' if one['from'] == 'agent' else '<'} {one['text']}" for one in lines]


def _age(seconds: float | None) -> str:
    return "never" if seconds is None else f"{span(seconds)} ago"


def _span(seconds: float | None) -> str:
    return "an unknown time" if seconds is None else span(seconds)
