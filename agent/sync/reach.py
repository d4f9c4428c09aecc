"""The way to the endpoint, one step after the other: its name, its door, its certificate. Nothing is asked of it."""

import asyncio
import socket
import ssl
from contextlib import suppress
from urllib.parse import urlsplit

from agent.sync.answers import CERTIFICATE, Passing, printable

PATIENCE = 10.0  # seconds for each step


def place(url: str) -> tuple[str, int, bool]:
    """Host, port, and whether it is https."""
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    return parts.hostname or "", parts.port or (443 if tls else 80), tls


async def resolved(host: str, port: int) -> list[str] | Passing:
    """The addresses of a name."""
    try:
        async with asyncio.timeout(PATIENCE):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError:
        return Passing(f"{host}: no name server answers within {PATIENCE:g} s")
    except OSError as error:
        return Passing(f"{host}: {error.strerror or error}")
    except UnicodeError:
        return Passing(printable(f"{host}: that is no name of a host"))
    return list(dict.fromkeys(str(address[4][0]) for address in found))


async def reached(host: str, port: int, tls: ssl.SSLContext | None) -> Passing | None:
    """A connection, with its TLS where `tls` is given; None = it stands."""
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(host, port, ssl=tls)
    except TimeoutError:
        return Passing(f"{host}:{port} does not answer within {PATIENCE:g} s")
    except ssl.SSLCertVerificationError as error:
        return Passing(
            printable(f"the certificate of {host}:{port}: {error.verify_message}"), certificate=CERTIFICATE.get(error.verify_code)
        )
    except ssl.SSLError as error:
        return Passing(printable(f"{host}:{port} speaks no TLS: {error.reason or error}"))
    except (OSError, UnicodeError) as error:
        return Passing(printable(f"{host}:{port}: {getattr(error, 'strerror', None) or error}"))
    writer.close()
    with suppress(OSError, TimeoutError):  # how it ends does not matter any more
        async with asyncio.timeout(1.0):
            await writer.wait_closed()
    return None
