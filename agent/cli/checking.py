"""Verbs about the configuration file itself; no agent needed."""

import os
import sys

import click

from agent.cli.beginning import config_init
from agent.cli.common import config_option, json_option, show_json
from agent.settings.file import check, find


@click.group()
def config() -> None:
    """The configuration file: begin one, check one."""


config.add_command(config_init)


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
