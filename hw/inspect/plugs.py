"""Everything on the USB, and what udev tells ModemManager about it."""

from agent.doctor.host import Plug
from hw.inspect.roots import Roots, names, text
from hw.plugged import plugged

_HUB = "09"  # USB 2.0 11.23.1: bDeviceClass
_LEAVE = ("E:ID_MM_PORT_IGNORE=1", "E:ID_MM_DEVICE_IGNORE=1")  # ModemManager's own documentation of its udev tags


def plugs(roots: Roots) -> tuple[Plug, ...] | None:
    """All but root hubs; None where the kernel has no USB."""
    home = roots.sys / "bus/usb/devices"
    if not home.is_dir():
        return None
    ttys = {one.usb: one.ttys for one in plugged(roots.sys)}
    found = []
    for usb in names(home):
        if ":" in usb or usb.startswith("usb"):
            continue
        usb_id = f"{text(home / usb / 'idVendor')}:{text(home / usb / 'idProduct')}".lower()
        hub = text(home / usb / "bDeviceClass") == _HUB
        found.append(Plug(usb, usb_id, hub, ttys.get(usb, ()), _ignored(roots, ttys.get(usb, ()))))
    return tuple(found)


def _ignored(roots: Roots, ttys: tuple[str, ...]) -> bool | None:
    """Whether all of them are; None = udev says nothing of one."""
    told = [_told(roots, tty) for tty in ttys]
    return None if None in told or not told else all(told)


def _told(roots: Roots, tty: str) -> bool | None:
    node = text(roots.sys / "class/tty" / tty / "dev")
    tags = text(roots.run / "udev/data" / f"c{node}") if node else None
    return None if tags is None else any(tag in tags.splitlines() for tag in _LEAVE)
