"""Which pins, USB paths and ttys the slots of a file claim: no two the same."""

import re
from collections.abc import Hashable, Mapping
from types import MappingProxyType
from typing import Any, Final

from agent.ports import Rgb
from agent.settings.reading import Reading, Row

WIRED: Final = ("usb", "tty", "presence", "presence_active", "led", "led_active", "power", "power_active", "port_power")


def wirings(reading: Reading, slots: list[Row], gateway: Mapping[str, Any], taken: Mapping[Hashable, str] = MappingProxyType({})) -> None:
    """Refuse two slots with one name, line or modem, and a slot without a modem. `taken`: lines that are somebody else's, and whose."""
    names, lines, ports = dict[Hashable, str](), dict[Hashable, str](taken), dict[Hashable, str]()
    _pins(reading, lines, gateway["led"], "gateway.led")
    for turn, slot in enumerate(slots, 1):
        values, place = slot.values, slot.place
        reading.unique(names, values["name"], f"[[slot]] {turn} name", values["name"])
        for key in ("presence", "led", "power"):
            _pins(reading, lines, values[key], place(key))
        for key in ("usb", "tty"):
            reading.unique(ports, values[key], place(key), values[key])
        if slot.given.isdisjoint(("usb", "tty")):
            reading.wrong(place("usb"), None, "the slot has neither usb nor tty", "say where its modem is plugged in")
        elif values["usb"] and values["tty"]:
            reading.wrong(place("tty"), values["tty"], "the slot has a usb too", "keep one of the two")
        if values["port_power"] and "usb" not in slot.given:
            reading.wrong(place("port_power"), True, "needs a USB path", "give the slot usb instead of tty")


def _pins(reading: Reading, lines: dict[Hashable, str], led: str | Rgb | None, place: str) -> None:
    if isinstance(led, Rgb):
        for colour, pin in (("r", led.red), ("g", led.green), ("b", led.blue)):
            reading.unique(lines, line_of(pin), f"{place}.{colour}", pin)
    elif led is not None:
        reading.unique(lines, line_of(led), place, led)


def line_of(name: str) -> str:
    """One name for all names of a pin: GPIO17, gpio17, BCM17 and 17 are one to gpiozero; chip1:5 and gpiochip1:05 are one line."""
    chip, colon, line = name.rpartition(":")
    chip = re.sub(r"gpiochip(?=\d+$)", "chip", chip)
    number = line if colon else line.upper().removeprefix("GPIO").removeprefix("BCM")
    return f"{chip}{colon}{'' if colon else 'GPIO'}{int(number)}" if number.isdigit() else f"{chip}{colon}{line}"
