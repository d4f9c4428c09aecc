"""The session with the endpoint: one POST, one answer, and no exception that could carry the key."""

import json
from dataclasses import dataclass
from typing import Protocol

import aiohttp

from agent import VERSION
from agent.sync.answers import LONGEST_ANSWER, Passing
from agent.sync.request import Endpoint, agent_name, url


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
    """One session; the key leaves through its Authorization header only. `patience` bounds one POST, seconds."""

    def __init__(self, endpoint: Endpoint, patience: float = 30.0) -> None:
        self._url = url(endpoint)
        self._headers = {
            "Authorization": f"Bearer {endpoint.api_key.reveal()}",
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": agent_name(VERSION, endpoint.gateway),
            "Accept-Encoding": "identity",
        }
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: object) -> Reply | Passing:
        """One POST; redirects are not followed. Passing when nothing came that could be understood, whoever's fault."""
        octets = json.dumps(body, separators=(",", ":")).encode()
        if self._session is None:
            self._session = self._begun()
        try:
            async with self._session.post(self._url, data=octets, headers=self._headers, allow_redirects=False) as answer:
                headers = {name: answer.headers[name] for name in ("Location", "Retry-After", "Date") if name in answer.headers}
                return Reply(answer.status, headers, await _start(answer.content))
        except TimeoutError:
            return Passing(f"no answer within {self._patience:g} s")
        except (aiohttp.ClientError, OSError) as error:
            # Some of these carry the request with its headers: only their text may go on.
            return Passing(f"{type(error).__name__}: {error}"[:300])

    async def close(self) -> None:
        """End the session; the next post begins another."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _begun(self) -> aiohttp.ClientSession:
        # `connect` alone would drop the total, and `sock_connect` does not bound the DNS look-up.
        limits = aiohttp.ClientTimeout(total=self._patience, connect=self._patience / 3, sock_connect=self._patience / 3)
        return aiohttp.ClientSession(timeout=limits, cookie_jar=aiohttp.DummyCookieJar())


async def _start(stream: aiohttp.StreamReader) -> bytes:
    octets = bytearray()
    while len(octets) <= LONGEST_ANSWER and (more := await stream.read(1 << 16)):
        octets += more
    return bytes(octets)
