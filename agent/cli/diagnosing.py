"""`simgate doctor`: every check on this gateway, and the archive for somebody who helps from afar."""

import sys
from pathlib import Path

import click

from agent.cli.common import config_option, json_option, looking_at, show_json


@click.command()
@click.option(
    "--bundle", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write a support archive, .tar.gz, scrubbed."
)
@config_option
@json_option
def doctor(bundle: Path | None, config: str | None, as_json: bool) -> None:
    """Check this gateway from the configuration to the endpoint; worst first, each finding with its mend.

    Exit code: 0 nothing to mend, 1 a failure or a warning, 78 the configuration is wrong.
    """
    looking_at("configuration")  # before even this check is loaded: a person sees at once that something goes on
    from agent.cli.visiting import visited  # noqa: PLC0415  `simgate --help` reads this file, too
    from agent.doctor.finding import exit_code  # noqa: PLC0415

    one = visited(config)
    if as_json:
        show_json([finding.document() for finding in one.found])
    else:
        click.echo("\n".join(map(str, one.found)))
    if bundle is not None:
        from agent.cli.packing import write  # noqa: PLC0415  number plans, for pseudonyms that read like numbers

        write(bundle, config, one)
    sys.exit(exit_code(one.found))
