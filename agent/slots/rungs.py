"""What was done for a modem, in words, by the name that the rung has in `simgate status --json`."""

from collections.abc import Mapping
from typing import Any, Final

DONE: Final[Mapping[str, str]] = {
    "ask": "asked again",
    "reopen": "port opened anew",
    "sim_reset": "SIM restarted",
    "cfun": "CFUN switched off and on",
    "modem_reset": "modem restarted",
    "usb_reset": "taken off the USB and back",
    "port_power": "power of its USB port cut",
    "power_line": "its power line cut",
    "quarantine": "in quarantine",
}


def over(slot: Mapping[str, Any]) -> bool:
    """Whether what was done has helped: the slot sells, and nothing more is due."""
    return slot["on_sale"] and (slot["recovery"] is None or slot["recovery"]["next"] is None)


def news(slot: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Its `recovery`, where a person wants to hear of it: a modem that was only asked once more, and answered, is none."""
    done: Mapping[str, Any] | None = slot["recovery"]
    return None if done is None or (over(slot) and done["rung"] == "ask") else done
