"""`simgate led`: find a place by its LED, explain the LEDs, darken them."""

import sys

import click

from agent.cli import completion
from agent.cli.common import ask, config_option, json_option, no_configuration, show_json, table
from agent.cli.groups import Told
from agent.cli.named import settings_of
from agent.errors import LineError
from agent.slots.legend import STILL, rows


@click.group(cls=Told)
def led() -> None:
    """Find a slot by its LED, explain the LEDs, darken them."""


@led.command()
@click.argument("slot", required=False, shell_complete=completion.slots)
@click.option("--seconds", type=click.FloatRange(0, 3600), default=30.0, show_default=True, help="How long; 0 ends it.")
@config_option
@json_option
def blink(slot: str | None, seconds: float, config: str | None, as_json: bool) -> None:
    """Let the LED of SLOT flicker, to find it in the rack; without SLOT the gateway's own."""
    answer = ask(config, "blink", slot=slot or "", seconds=seconds)
    if as_json:
        show_json(answer)
    else:
        whose = f"the LED of {slot}" if slot else "the gateway's LED"
        click.echo(f"{whose} flickers for {seconds:g} s" if seconds else f"{whose} shows its state again")


@led.command()
@config_option
@json_option
def legend(config: str | None, as_json: bool) -> None:
    """What the LEDs say: five seconds of each, # lit, . dark."""
    no_configuration(config)
    if as_json:
        show_json(rows())
        return
    columns = ("picture", "colour", "led", "means", "do")
    table([[name.upper() for name in columns], *[[row[name] for name in columns] for row in rows()]])
    click.echo(STILL)


@led.command()
@config_option
def dark(config: str | None) -> None:
    """Darken every LED of a rack that no agent drives; exit 1 where one cannot be."""
    from hw.board import build  # noqa: PLC0415  the other verbs need no pins

    settings = settings_of(config)
    failed = False
    board = build(settings.board, [wiring for wiring in settings.wirings if wiring.led is not None])
    for wiring in settings.wirings:
        try:
            board.lamp(wiring)
        except LineError as error:
            failed = True
            click.echo(f"simgate: {error}", err=True)
    board.close()
    sys.exit(1 if failed else 0)
