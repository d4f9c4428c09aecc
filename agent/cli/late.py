"""Verbs that need much: what they take is known, and completed by a shell, before any of it is imported."""

from pathlib import Path

import click

from agent.cli import completion
from agent.cli.common import config_option, json_option

DEMO_SLOTS = 14  # with a line and an LED each, on the pins of one header


@click.command()
@config_option
@click.option("--verbose", is_flag=True, help="Log every step.")
def run(config: str | None, verbose: bool) -> None:
    """Run the agent in the foreground until SIGTERM or SIGINT; SIGHUP reads the configuration again."""
    from agent.cli.running import run as work  # noqa: PLC0415

    work(config, verbose)


@click.command()
@click.option("--slots", type=click.IntRange(1, DEMO_SLOTS), default=8, show_default=True, help="How many slots the rack has.")
@click.option("--seconds", type=click.FloatRange(min=1), help="End by itself after so long.")
@click.option("--seed", type=int, help="Of the story; the same seed tells the same one.")
@click.option("--pace", type=click.FloatRange(min=0.1), default=4.0, show_default=True, help="Seconds between two events of the story.")
@config_option
def demo(slots: int, seconds: float | None, seed: int | None, pace: float, config: str | None) -> None:
    """The whole product on a simulated rack: SIMs come and go, a local endpoint prints what it is sent. Ctrl-C ends it."""
    from agent.cli.demo.verb import demo as work  # noqa: PLC0415

    work(slots, seconds, seed, pace, config)


@click.command()
@click.argument("tty", shell_complete=completion.ttys)
@config_option
@json_option
def probe(tty: str, config: str | None, as_json: bool) -> None:
    """Identify the modem on TTY and the SIM in it. The agent must not hold that tty."""
    from agent.cli.probing import probe as work  # noqa: PLC0415

    work(tty, config, as_json)


@click.command()
@click.argument("tty", shell_complete=completion.slots_or_ttys)
@click.option("--show", "verb", flag_value="show", default=True, help="Show the present setting (the default).")
@click.option("--enable", "verb", flag_value="enable", help="Switch it on, if a SIM can be read; undone by itself when that hides the SIM.")
@click.option("--undo", "verb", flag_value="undo", help="Switch it off.")
@click.option("--level", type=click.Choice(["low", "high"]), help="Level of the holder's switch with a card in.")
@config_option
@json_option
def detection(tty: str, verb: str, level: str | None, config: str | None, as_json: bool) -> None:
    """A modem's own card detection, on TTY or in the slot of that name. The setting stays in the modem; the agent must not hold its tty."""
    from agent.cli.detecting import detection as work  # noqa: PLC0415

    work(tty, verb, level, config, as_json)


@click.command()
@click.argument("tty", shell_complete=completion.ttys)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--seconds", type=click.FloatRange(0), default=60.0, show_default=True, help="How long; the round that has begun is finished."
)
@config_option
def record(tty: str, file: Path, seconds: float, config: str | None) -> None:
    """Record what the modem on TTY is asked and answers into FILE, with every identity replaced before it is written.

    While it runs, type what you do, as `SIM pulled`, and press Enter: it stands in the transcript. The agent must not hold that tty.
    """
    from agent.cli.recording import record as work  # noqa: PLC0415

    work(tty, file, seconds, config)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@config_option
@json_option
def replay(file: Path, config: str | None, as_json: bool) -> None:
    """Put simgate's questions to the transcript in FILE and show what it concludes. Exit 1 when the transcript expects something else."""
    from agent.cli.replaying import replay as work  # noqa: PLC0415

    work(file, config, as_json)
