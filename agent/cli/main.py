"""The command `simgate`: a verb is imported when it is asked for, and an error is two lines."""

import importlib
import sys
from typing import TYPE_CHECKING

import click

from agent import VERSION
from agent.cli.examples import explained
from agent.cli.verbs import SECTIONS, VERBS
from agent.errors import SimgateError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Verbs(click.Group):
    """The verbs, found when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Every verb, in the order of the README."""
        return list(VERBS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Every verb and what it is for, none of them imported for it."""
        for title, verbs in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(9), told) for name, (_, told) in verbs.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> "tuple[str | None, click.Command | None, list[str]]":
        """As click does; of a verb that there is not, the nearest is named."""
        if args[0] not in VERBS and not args[0].startswith("-"):
            from difflib import get_close_matches  # noqa: PLC0415  only a mistake needs it

            near = get_close_matches(args[0], VERBS, 1)
            ctx.fail(f"there is no verb {args[0]!r}{f'; do you mean {near[0]!r}?' if near else ''}")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The verb, or None when there is none of that name."""
        where = VERBS.get(cmd_name)
        if where is None:
            return None
        module, _, name = where.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return explained(cmd_name, command)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """The verbs that begin so, none of them imported for it."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415  only a TAB needs it

        verbs = [CompletionItem(verb) for verb in VERBS if verb.startswith(incomplete)]
        return verbs or super().shell_complete(ctx, incomplete)


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="simgate")
def simgate() -> None:
    """Keep the partner's list of numbers on sale equal to the SIMs that can be sold right now."""


def main() -> None:
    """The console script: errors become two lines on stderr at most, and the exit code that the error carries."""
    try:
        simgate.main(prog_name="simgate", complete_var="_SIMGATE_COMPLETE", standalone_mode=False)
    except SimgateError as error:
        click.echo(f"simgate: {error}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        click.echo("simgate: stopped", err=True)
        sys.exit(1)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        click.echo(f"simgate: {' '.join(error.format_message().split())}", err=True)
        if isinstance(error, click.UsageError) and error.ctx is not None:
            click.echo(f"see: {error.ctx.command_path} --help", err=True)
        sys.exit(error.exit_code)
