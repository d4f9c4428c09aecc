"""`simgate probe`: one modem and its SIM, no agent needed."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import click

from agent.cli.common import config_option, json_option, settings_of, show_json
from agent.modems.attach import attached
from agent.modems.identify import OwnerNumber, identify, sim_of
from agent.modems.library import shipped
from agent.modems.modem import Modem
from agent.ports import Wiring
from agent.sim.identity import Card, Iccid, Msisdn
from agent.slots.events import CardRead
from hw.board import build

_REGISTRATION = {
    0: "off",
    1: "home",
    2: "searching",
    3: "denied",
    4: "unknown",
    5: "roaming",
    6: "home",
    7: "roaming",
    8: "emergency",
    9: "home",
    10: "roaming",
}


@click.command()
@click.argument("tty")
@config_option
@json_option
def probe(tty: str, config: str | None, as_json: bool) -> None:
    """Identify the modem on TTY and the SIM in it. The agent must not hold that tty."""
    numbers: dict[Iccid, tuple[Msisdn, str]] = {}
    if config or "SIMGATE_CONFIG" in os.environ:
        numbers = {card.iccid: (card.number, "config") for card in settings_of(config).cards if card.number}
    found = asyncio.run(_probe(str(Path(tty).absolute()), numbers.get))
    if as_json:
        show_json(found)
    else:
        for key, value in found.items():
            click.echo(f"{key:16} {'-' if value is None else value}")


async def _probe(tty: str, owner_number: OwnerNumber) -> dict[str, Any]:
    start = time.monotonic()
    wiring = Wiring("probe", tty=tty)
    board = build("mock", [wiring])
    try:
        async with attached(board.socket(wiring), shipped(), lambda _line: None) as modem:
            assert modem.profile is not None
            reading = await modem.converse(identify(modem.profile, owner_number))
            card = reading.card if isinstance(reading, CardRead) else None
            stat = reading.registration if isinstance(reading, CardRead) else None
            return {
                **_modem(modem),
                "sim_state": sim_of(reading),
                **_card(card),
                "registration": _REGISTRATION.get(stat) if stat is not None else None,
                "note": modem.profile.name,
                "why": None if isinstance(reading, CardRead) else reading.why,
                "elapsed_ms": round((time.monotonic() - start) * 1000),
            }
    finally:
        board.close()


def _modem(modem: Modem) -> dict[str, Any]:
    identity = modem.identity
    return {
        "manufacturer": identity.manufacturer or None,
        "model": identity.model or None,
        "firmware": identity.firmware or None,
        "imei": identity.imei or None,
    }


def _card(card: Card | None) -> dict[str, Any]:
    return {
        "iccid": card.iccid.digits if card else None,
        "imsi": card.imsi.digits if card and card.imsi else None,
        "operator": str(card.plmn) if card and card.plmn else None,
        "mnc_length_from": card.mnc_length_from if card else None,
        "number": str(card.msisdn) if card and card.msisdn else None,
        "number_from": card.number_from if card else None,
        "country_id": card.msisdn.calling_code if card and card.msisdn else None,
    }
