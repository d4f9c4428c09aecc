"""Verbs about the configuration file itself; no agent needed."""

import os
import sys

import click

from agent.cli import completion
from agent.cli.common import config_option, json_option, show_json
from agent.cli.groups import Told
from agent.settings.file import check, find


@click.group(cls=Told)
def config() -> None:
    """The configuration file: begin one, check one."""


def _tell(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from agent.cli.boards import told  # noqa: PLC0415  as below

        click.echo(told())
        context.exit()


def _place(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    from agent.settings.board import usb_path  # noqa: PLC0415  as below
    from agent.settings.reading import WrongError  # noqa: PLC0415

    try:
        return str(usb_path(value))
    except WrongError as error:
        raise click.BadParameter(f"{value} {error.what}; {error.mend}") from error


@config.command("init")
@config_option
@click.option("--from-hardware", is_flag=True, help="One [[slot]] for each modem that is plugged in now.")
@click.option(
    "--board",
    metavar="NAME",
    shell_complete=completion.boards,
    help="The slots of this board: a name of --list-boards, or a file of your own.",
)
@click.option("--at", metavar="USB", callback=_place, help="Where that board is plugged in, 1-1.2 for instance.")
@click.option("--list-boards", is_flag=True, is_eager=True, expose_value=False, callback=_tell, help="Tell the boards, and write nothing.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def config_init(config: str | None, from_hardware: bool, board: str | None, at: str | None, force: bool) -> None:
    """Write a first configuration, commented, for you to edit; a file that is there stays."""
    from agent.cli.beginning import begin  # noqa: PLC0415  boards and chips, which a check does not need

    begin(config, from_hardware, board, at, force)


@config.command("check")
@config_option
@json_option
def config_check(config: str | None, as_json: bool) -> None:
    """Say everything that is wrong with the configuration file, one line each, without starting."""
    path = find(config, os.environ)
    wrong = check(path, os.environ)
    if as_json:
        show_json({"file": str(path), "wrong": wrong})
    else:
        click.echo("\n".join(wrong) or f"{path}: right", err=bool(wrong))
    sys.exit(78 if wrong else 0)
