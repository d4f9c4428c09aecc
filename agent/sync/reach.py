"""The way to the endpoint, one step after the other: its name, its door, its certificate. Nothing is asked of it."""

import errno
import os
import re
import socket
import ssl
from urllib.parse import urlsplit

from agent.sync.answers import CERTIFICATE, Passing, printable

_ERRNO = re.compile(r"\[Errno ([0-9]+)\]")
_NO_WAY = "no way through the network to"
_CLOSED = {
    errno.ECONNREFUSED: "no server takes connections at",
    errno.ENETUNREACH: _NO_WAY,
    errno.ENETDOWN: _NO_WAY,
    errno.EHOSTUNREACH: _NO_WAY,
    errno.ETIMEDOUT: "no answer from",
}

PATIENCE = 10.0  # seconds for each address, and for its TLS


def place(url: str) -> tuple[str, int, bool]:
    """Host, port, and whether it is https."""
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    return parts.hostname or "", parts.port or (443 if tls else 80), tls


def closed(host: str, port: int, error: Exception) -> Passing:
    """Why there is no connection, in a sentence."""
    where = f"{host}:{port}"
    match error:
        case ssl.SSLCertVerificationError():
            told = f"the certificate of {where} is not trusted: {error.verify_message}"
            return Passing(printable(told), certificate=CERTIFICATE.get(error.verify_code))
        case ConnectionResetError() | BrokenPipeError() | ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            told = f"the connection was cut by {where}"
        case ssl.SSLError():
            told = f"{where} speaks no TLS: {error.reason or error}"
        case socket.gaierror():
            told = f"the name {host} is not found: {error.strerror or error}"
        case UnicodeError():
            told = f"{host}: that is no name of a host"
        case _:
            # Of several addresses asyncio tells what became of each, and gives no errno.
            number = getattr(error, "errno", None) or int(_ERRNO.search(f"{error}[Errno 0]")[1])  # type: ignore[index]
            told = f"{_CLOSED[number]} {where}" if number in _CLOSED else f"{where}: {os.strerror(number) if number else error}"
    return Passing(printable(told))


def resolved(host: str, port: int) -> list[str] | Passing:
    """The addresses of a name; waits as long as the resolver does (resolv.conf(5), timeout and attempts)."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return closed(host, port, error)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def reached(host: str, port: int, tls: ssl.SSLContext | None) -> Passing | None:
    """A connection, with its TLS where `tls` is given; None = it stands."""
    try:
        with socket.create_connection((host, port), PATIENCE) as plain:
            if tls is not None:
                tls.wrap_socket(plain, server_hostname=host).close()
    except TimeoutError:
        return Passing(f"{host}:{port} does not answer within {PATIENCE:g} s")
    except (OSError, UnicodeError) as error:
        return closed(host, port, error)
    return None
