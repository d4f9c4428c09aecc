"""The way to the service manager: sd_notify(3) is one datagram. A library for it is compiled, or swallows every error."""

import logging
import socket
from collections.abc import Mapping
from typing import Self

log = logging.getLogger(__name__)


class Notify:
    """`address`: $NOTIFY_SOCKET, None = nobody listens. `watchdog`: seconds within which WATCHDOG=1 is expected, None = it is not."""

    def __init__(self, address: str | None = None, watchdog: float | None = None) -> None:
        self.watchdog = watchdog
        self._address = address
        self._failed = False

    @classmethod
    def of(cls, environ: Mapping[str, str], pid: int) -> Self:
        """What the service manager has said in the environment of the process `pid`."""
        address = environ.get("NOTIFY_SOCKET")
        if address is None:
            return cls()
        micros = environ.get("WATCHDOG_USEC", "")
        # sd_watchdog_enabled(3): without WATCHDOG_PID it is meant for whoever reads it.
        ours = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
        return cls(address, int(micros) / 1e6 if ours and micros.isdecimal() and int(micros) else None)

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return self._address is not None

    def say(self, *words: str) -> bool:
        """`NAME=value`, one or more, in one datagram; whether it has been taken. WARNING once, DEBUG until it is again."""
        if self._address is None:
            return False
        # An abstract address begins with a NUL, which no environment can hold (unix(7)).
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
                way.setblocking(False)
                way.sendto("\n".join(words).encode(), address)
        except OSError as error:
            log.log(logging.DEBUG if self._failed else logging.WARNING, "%s: the service manager is not told: %s", self._address, error)
            self._failed = True
            return False
        self._failed = False
        return True
