"""What the shell completes, asked at every TAB: quick, and silent whatever is wrong."""

from typing import TYPE_CHECKING

import click

from agent.cli.named import settings_of, ttys_there
from agent.errors import SimgateError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def slots(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """The names of the slots in the configuration."""
    try:
        found = settings_of(context.params.get("config")).slots
    except SimgateError:
        return []
    return [slot.wiring.slot for slot in found if slot.wiring.slot.startswith(begun)]


def boards(_context: click.Context, _parameter: click.Parameter, begun: str) -> "list[CompletionItem]":
    """The boards that are shipped; else any path, for one of the owner's own."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415  as below

    from agent.cli.boards import shipped  # noqa: PLC0415

    return [CompletionItem(board) for board in shipped() if board.startswith(begun)] or [CompletionItem(begun, type="file")]


def ttys(_context: click.Context, _parameter: click.Parameter, begun: str) -> "list[CompletionItem]":
    """The ttys of modems that are there; else any path."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415  only a TAB needs it

    return [CompletionItem(tty) for tty in ttys_there() if tty.startswith(begun)] or [CompletionItem(begun, type="file")]


def slots_or_ttys(context: click.Context, parameter: click.Parameter, begun: str) -> "list[CompletionItem]":
    """A place: a slot by its name, or a tty."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415  as above

    named = [CompletionItem(slot) for slot in slots(context, parameter, begun)]
    return named or ttys(context, parameter, begun)


def files(_context: click.Context, _parameter: click.Parameter, begun: str) -> "list[CompletionItem]":
    """Any path."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415  as above

    return [CompletionItem(begun, type="file")]
