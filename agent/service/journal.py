"""The log: to systemd's journal with fields of its own, else to stderr. One datagram a line; a library for it is compiled."""

import logging
import os
import socket
import sys
from collections.abc import Mapping
from typing import ClassVar

SOCKET = "/run/systemd/journal/socket"
LONGEST = 32_000  # octets of a message; more than a datagram takes would have to go by a file
PLAIN = "%(asctime)s %(levelname)-7s %(message)s"
LEVELS = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}  # syslog(3)


def begin(verbose: bool, environ: Mapping[str, str]) -> None:
    """Log from now on; once in a process."""
    stderr = logging.StreamHandler(sys.stderr)
    handler: logging.Handler = stderr
    if _is_journal(environ):
        stderr.setFormatter(_Prefixed("%(levelname)s %(message)s"))
        handler = Journal(SOCKET, stderr)
    else:
        stderr.setFormatter(logging.Formatter(PLAIN))
    logging.basicConfig(handlers=[handler], level=logging.DEBUG if verbose else logging.INFO)
    logging.getLogger("asyncio").setLevel(logging.WARNING)


def datagram(fields: Mapping[str, str]) -> bytes:
    """systemd's native journal protocol: `NAME=value`, or NAME, the length in eight octets and the value where a line end stands in it."""
    parts = []
    for name, value in fields.items():
        octets = value.encode("utf-8", "backslashreplace")
        if b"\n" in octets:
            parts += [name.encode("ascii"), b"\n", len(octets).to_bytes(8, "little"), octets, b"\n"]
        else:
            parts += [name.encode("ascii"), b"=", octets, b"\n"]
    return b"".join(parts)


class Journal(logging.Handler):
    """Sends each record to the journal at `path`; one that it does not take at once goes to `spare`."""

    _TEXT: ClassVar = logging.Formatter()

    def __init__(self, path: str, spare: logging.Handler) -> None:
        super().__init__()
        self._path, self._spare = path, spare
        self._way = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._way.setblocking(False)

    def emit(self, record: logging.LogRecord) -> None:
        """Never waits: a journal that is stuck must not hold up a slot."""
        try:
            self._way.sendto(datagram(self._fields(record)), self._path)
        except OSError:
            self._spare.handle(record)

    def close(self) -> None:
        """Let go of the socket."""
        self._way.close()
        super().close()

    def _fields(self, record: logging.LogRecord) -> dict[str, str]:
        fields = {
            "MESSAGE": _cut(self._TEXT.format(record)),
            "PRIORITY": str(LEVELS.get(record.levelno, 6)),
            "SYSLOG_IDENTIFIER": "simgate",
            "LOGGER": record.name,
        }
        for name in ("slot", "iccid"):
            if (value := getattr(record, name, None)) is not None:
                fields[name.upper()] = str(value)
        return fields


def _cut(text: str) -> str:
    octets = text.encode("utf-8", "backslashreplace")
    return text if len(octets) <= LONGEST else octets[:LONGEST].decode("utf-8", "ignore") + " … (cut)"


def _is_journal(environ: Mapping[str, str]) -> bool:
    """systemd.exec(5): whether stderr is still the stream that systemd has opened."""
    try:
        stderr = os.fstat(sys.stderr.fileno())
    except OSError:
        return False
    return environ.get("JOURNAL_STREAM") == f"{stderr.st_dev}:{stderr.st_ino}"


class _Prefixed(logging.Formatter):
    """sd-daemon(3): each line begins with its level, so that `journalctl -p err` finds it."""

    def format(self, record: logging.LogRecord) -> str:
        level = f"<{LEVELS.get(record.levelno, 6)}>"
        return "\n".join(level + line for line in super().format(record).splitlines())
