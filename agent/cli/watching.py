"""`simgate watch`: the rack as a living picture in the terminal."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from agent.cli.common import ask, config_option, json_option, no_agent, show_json, unpacked
from agent.cli.named import settings_of
from agent.errors import NoAgentError

PATIENCE = 5.0  # seconds for an answer


@click.command()
@click.option("--once", is_flag=True, help="Print one picture and end; so it is, too, where stdout is no terminal or TERM is dumb.")
@click.option("--no-colour", "--no-color", "plain", is_flag=True, help="Without colours, as with NO_COLOR; glyphs and words say the same.")
@config_option
@json_option
def watch(once: bool, plain: bool, config: str | None, as_json: bool) -> None:
    """The rack as a living picture: each slot in its place, its state, number, age; ? shows the keys, q quits.

    --json has no picture: it prints what `simgate status --json` does.
    """
    status = ask(config, "status")
    if as_json:
        show_json(status)
    elif once or not sys.stdout.isatty() or os.environ.get("TERM", "dumb") in ("", "dumb", "unknown"):
        _print(status, plain)
    else:
        import asyncio  # noqa: PLC0415  as all that only the living picture needs

        asyncio.run(_show(settings_of(config).control, plain))


def _print(status: Mapping[str, Any], plain: bool) -> None:
    import time  # noqa: PLC0415

    from agent.watch.canvas import Pen, grid, written  # noqa: PLC0415
    from agent.watch.screen import Moment, printed  # noqa: PLC0415

    width, pen = _width(), Pen.of(os.environ, sys.stdout.encoding, plain=plain or not sys.stdout.isatty())
    for row in grid(printed(Moment(status, time.time()), width), width, pen):
        click.echo(written(row, pen).rstrip(), color=True)


def _width() -> int:
    """Columns of the paper; shutil, which knows the same, is dear to import."""
    told = os.environ.get("COLUMNS", "")
    try:
        return int(told) if told.isdecimal() and int(told) else os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except OSError:
        return 80


async def _show(control: Path, plain: bool) -> None:
    import asyncio  # noqa: PLC0415
    import signal  # noqa: PLC0415
    import time  # noqa: PLC0415

    from agent.watch.canvas import Pen  # noqa: PLC0415
    from agent.watch.show import Show  # noqa: PLC0415
    from agent.watch.terminal import Terminal  # noqa: PLC0415

    show = Show(Terminal(sys.stdout.fileno()), _Agent(control), time.time, Pen.of(os.environ, sys.stdout.encoding, plain=plain))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, show.end)
    await show.run()


class _Agent:
    """The running agent, over its control socket; asked with a time limit of its own, for keys are pressed meanwhile."""

    def __init__(self, control: Path) -> None:
        self._control = control

    async def status(self) -> Mapping[str, Any]:
        """The document of `simgate status --json`."""
        found: Mapping[str, Any] = await self._ask("status")
        return found

    async def blink(self, slot: str, seconds: float) -> None:
        """As `simgate led blink`."""
        await self._ask("blink", slot=slot, seconds=seconds)

    def tail(self) -> Sequence[str]:
        """Nothing."""
        return ()

    async def _ask(self, verb: str, **words: object) -> Any:
        import asyncio  # noqa: PLC0415
        import json  # noqa: PLC0415

        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_unix_connection(self._control)
                try:
                    writer.write(json.dumps({"verb": verb, **words}).encode() + b"\n")
                    answer = await reader.read()
                finally:
                    writer.close()
        except TimeoutError as error:
            raise NoAgentError(f"It has not answered on {self._control} within {PATIENCE:.0f} s", "look at its log") from error
        except OSError as error:
            raise no_agent(self._control) from error
        return unpacked(answer, self._control)
