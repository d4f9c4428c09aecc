"""`simgate logs`: what the journal has of the service, or of one slot."""

import os
import shutil

import click

from agent.cli import completion, times
from agent.cli.common import config_option
from agent.cli.named import slot_named
from agent.errors import SimgateError


@click.command()
@click.argument("slot", required=False, shell_complete=completion.slots)
@click.option("--since", callback=times.since, metavar="TIME", help="Only what is newer: 2h, 30min, 7d, 2026-11-25.")
@click.option("--follow", is_flag=True, help="Go on with every new line, until Ctrl-C.")
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with every field of the journal.")
def logs(slot: str | None, since: float | None, follow: bool, config: str | None, as_json: bool) -> None:
    """What the journal has of the service; with SLOT, of that one alone."""
    if slot is not None:
        slot_named(config, slot)
    journalctl = shutil.which("journalctl")
    if journalctl is None:
        raise SimgateError("there is no journalctl on this machine", "read what simgate run writes to stderr")
    # Not quiet to a person: who may not see the journal is told so, and by which group he may.
    words = [journalctl, "--no-hostname", *(["--quiet", "--output=json"] if as_json else ["--output=short"])]
    words += [f"--since=@{since:.0f}"] if since is not None else []
    words += ["--follow"] if follow else []
    # The unit's has systemd's own words, too: of what is no slot's, why it was started again matters most.
    os.execv(journalctl, [*words, *(["--unit=simgate"] if slot is None else ["SYSLOG_IDENTIFIER=simgate", f"SLOT={slot}"])])
