"""What the firmware and systemd say: model, under-voltage, the service."""

import re

from agent.doctor.host import Unit
from hw.inspect.roots import Roots, names, number, text

UNDER_VOLTAGE, ONCE = 1 << 0, 1 << 16  # bits of get_throttled: now, and since the start (raspberrypi.com, vcgencmd)
_FILES = ("devices/platform/soc/soc:firmware/get_throttled", "devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled")


def model(roots: Roots) -> str | None:
    """As the device tree has it; None on a machine without one."""
    return text(roots.proc / "device-tree/model") or None


def throttled(roots: Roots) -> int | None:
    """The bits of get_throttled, by the command, by the kernel's file, or the alarm alone by hwmon; None = nobody says."""
    said = re.search(r"throttled=(0x[0-9a-fA-F]+)", roots.ask(("vcgencmd", "get_throttled")) or "")
    if said:
        return int(said[1], 16)
    for file in _FILES:
        told = text(roots.sys / file)
        if told and re.fullmatch(r"(?:0x)?[0-9a-fA-F]+", told):
            return int(told, 16)
    home = roots.sys / "class/hwmon"
    for name in names(home):
        if text(home / name / "name") == "rpi_volt" and (alarm := number(home / name / "in0_lcrit_alarm")) is not None:
            return UNDER_VOLTAGE | ONCE if alarm else 0
    return None


def unit(roots: Roots) -> tuple[Unit | None, dict[str, str]]:
    """The service and the variables of its environment; None where it is not installed."""
    wanted = "LoadState,ActiveState,SubState,Result,NRestarts,Environment"
    said = roots.ask(("systemctl", "show", "simgate.service", f"--property={wanted}")) or ""
    found = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    if found.get("LoadState") != "loaded":
        return None, {}
    variables = dict(word.split("=", 1) for word in found.get("Environment", "").split() if "=" in word)
    restarts = found.get("NRestarts", "")
    told = [found.get(key, "?") for key in ("ActiveState", "SubState", "Result")]
    return Unit(told[0], told[1], told[2], int(restarts) if restarts.isdigit() else 0), variables
