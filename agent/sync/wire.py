"""The session with the endpoint: one POST, one answer, and no exception that could carry the key."""

import json
import ssl
from dataclasses import dataclass, replace
from typing import Protocol

import aiohttp

from agent import VERSION
from agent.sync.answers import LONGEST_ANSWER, Passing, printable
from agent.sync.reach import closed, place
from agent.sync.request import Endpoint, agent_name, url

LINE, FIELD = 4096, 4096  # octets of an answer's first line, and of one header; aiohttp takes 128 headers at most


@dataclass(frozen=True, slots=True)
class Reply:
    """HTTP status, the headers that matter, and the answer's body, cut off where no answer of an endpoint goes on."""

    status: int
    headers: dict[str, str]
    body: bytes


class Carrier(Protocol):
    """What carries one body to the endpoint, and its answer back."""

    async def post(self, body: object) -> Reply | Passing:
        """One POST, one answer; Passing when nothing came that could be understood."""

    async def close(self) -> None:
        """End the session; the next post begins another."""


class Wire:
    """One session, one connection for each POST; the key leaves through its Authorization header only.

    `patience` bounds one POST, seconds; `tls` is what the endpoint's certificate is checked by, None = the system's authorities.
    `once`: for one POST alone, whose connection has ended when close() comes back.
    """

    def __init__(self, endpoint: Endpoint, patience: float = 30.0, tls: ssl.SSLContext | None = None, *, once: bool = False) -> None:
        self._url = url(endpoint)
        self._headers = {
            "Authorization": f"Bearer {endpoint.api_key.reveal()}",
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": agent_name(VERSION, endpoint.gateway),
            "Accept-Encoding": "identity",
        }
        self._key = endpoint.api_key
        self.patience = patience
        self._tls = tls
        self._once = once
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: object) -> Reply | Passing:
        """One POST; redirects are not followed. Passing when nothing came that could be understood, whoever's fault."""
        octets = json.dumps(body, separators=(",", ":")).encode()
        if self._session is None:
            self._session = self._begun()
        try:
            limits = self._limits()
            async with self._session.post(self._url, data=octets, headers=self._headers, allow_redirects=False, timeout=limits) as answer:
                return _unclear(answer) or self._reply(answer, await _start(answer.content))
        except TimeoutError:
            return Passing(f"no answer within {self.patience:g} s")
        except aiohttp.ClientConnectorCertificateError as error:
            return self._closed(error.certificate_error)
        except aiohttp.ClientConnectorError as error:
            return self._closed(error.os_error)
        except UnicodeError as error:
            return self._closed(error)
        except (aiohttp.ClientError, OSError) as error:
            return Passing(self._told(error))

    async def close(self) -> None:
        """End the session; the next post begins another."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _reply(self, answer: aiohttp.ClientResponse, body: bytes) -> Reply:
        headers = {name: answer.headers[name] for name in ("Location", "Retry-After", "Date") if name in answer.headers}
        # An endpoint that quotes the key must not get it into a log.
        shown = {name: self._key.hidden_in(value) for name, value in headers.items()}
        return Reply(answer.status, shown, self._key.hidden_in(body.decode("latin-1")).encode("latin-1"))

    def _closed(self, error: Exception) -> Passing:
        host, port, _ = place(self._url)
        found = closed(host, port, error)
        return replace(found, why=self._key.hidden_in(found.why))

    def _told(self, error: Exception) -> str:
        """Some of these carry the request with its headers: only their text may go on."""
        match error:
            case aiohttp.ServerDisconnectedError() | ConnectionResetError() | BrokenPipeError():
                told = "the endpoint hung up instead of an answer"
            case aiohttp.ClientPayloadError():
                told = "the endpoint's answer breaks off"
            case aiohttp.ClientResponseError():
                told = f"what the endpoint sends is no answer of HTTP: {error.message}"
            case _:
                told = f"{type(error).__name__}: {error}"
        return printable(self._key.hidden_in(" ".join(told.split())))

    def _limits(self) -> aiohttp.ClientTimeout:
        # `connect` alone would drop the total, and `sock_connect` does not bound the DNS look-up.
        return aiohttp.ClientTimeout(total=self.patience, connect=self.patience / 3, sock_connect=self.patience / 3)

    def _begun(self) -> aiohttp.ClientSession:
        # What a connection says after its answer would be taken for the answer to the next POST: each gets one of its own. One that is
        # closed for that has its end in the background; one that is kept, in session.close().
        connector = aiohttp.TCPConnector(force_close=not self._once, ssl=self._tls or True)
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            read_bufsize=1 << 14,
            max_line_size=LINE,
            max_field_size=FIELD,
        )


def _unclear(answer: aiohttp.ClientResponse) -> Passing | None:
    """What cannot be read, or not in one way only; aiohttp has a lax parser where it has no compiled one."""
    if answer.version not in (aiohttp.HttpVersion10, aiohttp.HttpVersion11):
        return Passing("the answer is of a version of HTTP that was not asked for")
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        return Passing(f"the answer is compressed ({encoding[:20]!r}), which was not asked for")
    if answer.headers.get("Transfer-Encoding", "chunked").strip().lower() != "chunked":
        return Passing("the answer has a transfer coding that was not asked for")
    return None


async def _start(stream: aiohttp.StreamReader) -> bytes:
    octets = bytearray()
    while len(octets) <= LONGEST_ANSWER and (more := await stream.read(1 << 14)):
        octets += more
    return bytes(octets)
