"""What a person far away wants to read besides: the service's journal, the kernel's lines, versions."""

import platform
import re

from hw.inspect.power import model
from hw.inspect.roots import Roots, text

LINES = 5000  # of each text at most, the newest
_OURS = re.compile(r"usb|tty|xhci|dwc2?|gpio|i2c|mmc|ext4|voltage|option|cdc_|qmi|hub|oom|out of memory", re.IGNORECASE)


def journal(roots: Roots) -> str | None:
    """The service's last day; None where there is no journal, or none may be read."""
    return roots.ask(("journalctl", "--unit=simgate", "--since=-1d", "--output=short-iso", "--no-pager", "--quiet", f"--lines={LINES}"))


def kernel(roots: Roots) -> str | None:
    """Its lines about USB, ttys, pins, cards and power since the start."""
    said = roots.ask(("journalctl", "--dmesg", "--boot", "--output=short-iso", "--no-pager", "--quiet"))
    said = said or roots.ask(("dmesg",))
    if said is None:
        return None
    return "".join(f"{line}\n" for line in [line for line in said.splitlines() if _OURS.search(line)][-LINES:])


def versions(roots: Roots) -> str:
    """System, kernel, Python, libraries: one a line."""
    system = re.search(r'^PRETTY_NAME="?(.*?)"?$', text(roots.etc / "os-release") or "", re.MULTILINE)
    packages = ("gpiozero", "lgpio", "pyserial", "pyserial-asyncio", "aiohttp", "sqlite-utils", "click", "phonenumberslite")
    found = {
        "machine": model(roots),
        "system": system[1] if system else None,
        "kernel": f"{platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: roots.packaged(name) for name in packages},
        "ModemManager": (roots.ask(("mmcli", "--version")) or "").partition("\n")[0] or None,
    }
    return "".join(f"{name}: {value or '-'}\n" for name, value in found.items())
