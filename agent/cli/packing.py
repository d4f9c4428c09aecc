"""What is packed for somebody far away."""

import os
import secrets
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from agent.cli.common import ask, looking_at
from agent.cli.numbering import owned_numbers
from agent.doctor.bundle import Papers, pack, scrubbed
from agent.doctor.veil import Veil
from agent.doctor.visit import Visit
from agent.errors import SimgateError
from agent.settings.file import find
from agent.sync.request import Secret
from hw.inspect.roots import Roots
from hw.inspect.texts import journal, kernel, versions


def write(bundle: Path, config: str | None, one: Visit) -> None:
    """The support archive. SimgateError when it cannot be written."""
    looking_at("journal")
    file, roots = find(config, os.environ), Roots()
    pins = [card.pin.reveal() for card in one.settings.cards if card.pin] if one.settings else []
    veil = Veil(secrets.token_bytes(16), _known(config, one), pins, one.key or Secret(""))
    queue = _tried(partial(ask, config, "queue")) if one.agent == "runs" else None
    papers = Papers(one.found, one.status, queue, file, journal(roots), kernel(roots), versions(roots))
    pack(bundle, scrubbed(papers, veil), time.time())
    looking_at("")
    click.echo(f"{bundle}: written; identities, PINs and the key are replaced. Read it before you send it", err=True)


def _known(config: str | None, one: Visit) -> list[str]:
    """Every ICCID and number that this gateway has been told."""
    if one.settings is None:
        return []
    slots = (one.status or {}).get("slots", ())
    pairs = [(slot["iccid"], slot["number"]) for slot in slots]
    pairs += [(card.iccid.digits, card.number) for card in one.settings.cards]
    owned = _tried(partial(owned_numbers, config))
    pairs += [(iccid.digits, number) for iccid, number in owned.items()] if isinstance(owned, dict) else []
    return [str(text) for pair in pairs for text in pair if text]


def _tried(ask_for: Callable[[], Any]) -> Any:
    """The answer, or in one sentence why there is none."""
    try:
        return ask_for()
    except SimgateError as error:
        return str(error)
