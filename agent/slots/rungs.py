"""What was done for a modem, in words, by the name that the rung has in `simgate status --json`."""

from collections.abc import Mapping
from typing import Final

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
