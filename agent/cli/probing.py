"""`simgate probe`: one modem and its SIM, no agent needed."""

import asyncio
import os
import time

import click

from agent.cli.common import show_json
from agent.cli.named import settings_of, tty_of
from agent.cli.waiting import Waiting
from agent.modems.attach import attached
from agent.modems.conclusion import Conclusion, conclude
from agent.modems.identify import OwnerNumber, identify
from agent.modems.library import shipped
from agent.ports import Wiring
from agent.sim.identity import Iccid, Msisdn
from hw.board import build


def probe(tty: str, config: str | None, as_json: bool) -> None:
    """Ask the modem, and print what it and its SIM are. SimgateError."""
    numbers: dict[Iccid, tuple[Msisdn, str]] = {}
    if config or "SIMGATE_CONFIG" in os.environ:
        numbers = {card.iccid: (card.number, "config") for card in settings_of(config).cards if card.number}
    with Waiting("the modem"):
        found = asyncio.run(_probe(tty_of(tty), numbers.get))
    if as_json:
        show_json(found)
    else:
        for key, value in found.items():
            click.echo(f"{key:16} {'-' if value is None else value}")


async def _probe(tty: str, owner_number: OwnerNumber) -> Conclusion:
    start = time.monotonic()
    wiring = Wiring("probe", tty=tty)
    board = build("mock", [wiring])
    try:
        async with attached(board.socket(wiring), shipped(), lambda _line: None) as modem:
            assert modem.profile is not None
            reading = await modem.converse(identify(modem.profile, owner_number))
            found = conclude(modem.identity, modem.profile.name, reading)
            return {**found, "elapsed_ms": round((time.monotonic() - start) * 1000)}
    finally:
        board.close()
