"""The newest list to the endpoint: on every change, and every five minutes without one."""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from urllib.parse import quote

import aiohttp

from agent import VERSION
from agent.errors import RefusedError, StoreError
from agent.ports import Clock
from agent.slots.listing import Listing, Snapshot
from agent.sync import answers, request
from agent.sync.answers import Accepted, BadDate, Malformed, Passing, Redirected, Refused, Rejected, Verdict
from agent.sync.outbox import Change
from agent.sync.pace import Pace, Wait
from agent.sync.store import Store

TRUSTED = 120.0  # seconds between the endpoint's clock and ours at which ours is believed to be right

log = logging.getLogger(__name__)

T = TypeVar("T")


class Wire:
    """One session with the endpoint. The key leaves through the Authorization header only."""

    def __init__(self, endpoint: request.Endpoint, patience: float) -> None:
        self._url = request.url(endpoint)
        self._headers = {
            "Authorization": f"Bearer {endpoint.api_key.reveal()}",
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": f"simgate/{VERSION} (+{quote(endpoint.gateway)})",
            "Accept-Encoding": "identity",
        }
        # `connect` alone drops the total, and `sock_connect` does not bound the DNS look-up.
        self._limits = aiohttp.ClientTimeout(total=patience, connect=patience / 3, sock_connect=patience / 3, sock_read=patience)
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: object) -> tuple[int, dict[str, str], bytes]:
        """Status, the headers that matter and the start of the answer. ConnectionError, whoever's fault; its text has no secret."""
        octets = json.dumps(body, separators=(",", ":")).encode()
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._limits, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._session.post(self._url, data=octets, headers=self._headers, allow_redirects=False) as answer:
                headers = {name: answer.headers[name] for name in ("Location", "Retry-After", "Date") if name in answer.headers}
                return answer.status, headers, await _start(answer.content)
        except TimeoutError:
            why = f"no answer within {self._limits.total:.0f} s"
        except (aiohttp.ClientError, OSError) as error:
            # Some of aiohttp's errors carry the request with its headers: only their text may go on.
            why = f"{type(error).__name__}: {error}"
        raise ConnectionError(why)

    async def close(self) -> None:
        """End the session; the next post begins another."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


async def _start(stream: aiohttp.StreamReader) -> bytes:
    octets = bytearray()
    while len(octets) <= answers.LONGEST_ANSWER and (more := await stream.read(1 << 16)):
        octets += more
    return bytes(octets)


class Uplink:
    """Owes the endpoint the newest list. `sleep` is how it waits; `changed` is called when report() or the quarantine may differ."""

    def __init__(
        self,
        endpoint: request.Endpoint,
        store: Store,
        clock: Clock,
        *,
        rng: random.Random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        changed: Callable[[], None] = lambda: None,
        base: float = 1.0,
        cap: float = 120.0,
        slow: tuple[float, float] = (120.0, 300.0),
        patience: float = 30.0,
    ) -> None:
        self._endpoint, self._store, self._clock = endpoint, store, clock
        self._sleep, self._changed = sleep, changed
        self._pace = Pace(rng, interval=endpoint.interval, base=base, cap=cap, slow=slow)
        self._wire = Wire(endpoint, patience)
        self._turn = asyncio.Lock()
        self._knock = asyncio.Event()
        self._newest: Change | Snapshot | None = None
        self._sent: tuple[Listing, ...] | None = None
        self._date_agrees = False
        self._told: set[int] = set()
        self._state = "idle"
        self._last_ok: float | None = None
        self._last_error: str | None = None
        self._next_try: float | None = None

    @property
    def clock_ok(self) -> bool:
        """The wall clock is right: a time service says so, or the endpoint's last answer agreed with it."""
        return self._clock.synchronised() or self._date_agrees

    def offer(self, what: Change | Snapshot) -> None:
        """This is the list now. It goes out as soon as the endpoint may be asked; only the newest one does."""
        self._newest = what
        if self._state == "idle":
            self._state = "waiting"
        self._knock.set()

    def report(self) -> dict[str, object]:
        """`state`: idle (no list yet), waiting (never answered), ok, retrying, refused (a person has to help); times in UNIX seconds."""
        return {"state": self._state, "last_ok": self._last_ok, "last_error": self._last_error, "next_try": self._next_try}

    async def run(self) -> None:
        """Until cancelled. What is the endpoint's or the network's fault is tried again; anything else ends it."""
        try:
            await self._tolerate(self._store.reform(self._endpoint.form), 0)
            await self._knock.wait()
            while True:
                began = self._clock.monotonic()
                async with self._turn:
                    verdict = await self._sync()
                wait = self._pace.after(verdict)
                if isinstance(verdict, Accepted):
                    # Heartbeats are counted from POST to POST.
                    wait = Wait(max(0.0, wait.seconds - (self._clock.monotonic() - began)))
                await self._rest(wait)
        finally:
            await self._wire.close()

    async def send(self, test: str | None = None) -> dict[str, object]:
        """Send now: `verdict` and `why`; with `test` ("test1", "test2") nothing is saved, and `echo` has test2's answer. RefusedError."""
        if self._newest is None:
            raise RefusedError("there is no list to send yet", "wait until the rack has been read")
        async with self._turn:
            if test is None:
                verdict, echo = await self._sync(), b""
            else:
                verdict, echo = await self._post(await self._sellable(self._newest), self.clock_ok, test)
        if test == "test2" and echo and isinstance(verdict, Accepted | Rejected):
            return {"verdict": "echo", "why": "", "echo": echo.decode("utf-8", "replace")}
        return {"verdict": type(verdict).__name__.lower(), "why": verdict.why}

    async def release(self, number: str) -> bool:
        """Let a quarantined number (`+E.164`) out and try it again; whether it was in. StoreError."""
        was_in = await self._store.release(number)
        if was_in and self._newest is not None:
            self._knock.set()
        self._changed()
        return was_in

    async def next_difference(self) -> dict[str, list[str]]:
        """What the next POST would add to and remove from the endpoint's list."""
        now = await self._sellable(self._newest) if self._newest is not None else ()
        return {"add": _missing(now, there := await self._there()), "remove": _missing(there, now)}

    async def close(self) -> None:
        """End the session, where run() has not."""
        await self._wire.close()
