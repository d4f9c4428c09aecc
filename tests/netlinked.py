"""Run in a network namespace of its own: udev's group over the kernel's netlink, and an overrun of it. Prints who was called."""

import asyncio
import json
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from uevents import datagram, usb

from hw.udev import Udev, _netlink

EVENT = datagram("add", usb("1-1.2"), "usb")


async def main() -> None:
    """Send one, then more than the socket holds, then one."""
    opened = _netlink()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    udev = Udev(lambda: opened, control=Path(sys.argv[1]))
    sender = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 15)
    called: list[str] = []
    heard = asyncio.Event()
    for name in ("1-1.2", "9-9"):
        udev.on_move(lambda name=name: called.append(name), name)  # type: ignore[misc]
    udev.on_move(heard.set)
    found = {}
    for what, times in (("heard", 1), ("after the overrun", 200), ("still heard", 1)):
        for _ in range(times):
            sender.sendto(EVENT, (0, 2))
        async with asyncio.timeout(5):
            await heard.wait()
        found[what] = list(called)
        called.clear()
        heard.clear()
    print(json.dumps(found))
    udev.close()
    sender.close()


asyncio.run(main())
