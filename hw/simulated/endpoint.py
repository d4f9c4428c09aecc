"""The endpoint as its contract has it, on the loopback interface only: keeps the list on sale, and answers badly where a test says so."""

import asyncio
import json
import re
import ssl
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, cast

from aiohttp import web

PATH = "/api/resellers/sendNumbersOnline"
NUMBER = re.compile(r"\+?[1-9][0-9]{6,14}")
KEPT = 10_000  # requests remembered at most


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; `body` is None when it was no JSON object; `at` is the loop's monotonic time."""

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes
    body: dict[str, Any] | None
    at: float

    @property
    def numbers(self) -> list[str]:
        """The numbers of the list, as written."""
        return [element["number"] for element in (self.body or {}).get("numbers", [])]

    @property
    def test(self) -> str | None:
        """`test1`, `test2` or None."""
        return (self.body or {}).get("test")


@dataclass(frozen=True, slots=True)
class Canned:
    """One answer out of the tin: `body` is JSON unless bytes. `hold` waits for release(); `drop` cuts the line; `garble` is sent raw."""

    status: int = 200
    body: object = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hold: bool = False
    drop: bool = False
    garble: bytes = b""


@dataclass(frozen=True, slots=True)
class Honest:
    """The answer that the contract demands, given after release() when `hold` is set; `headers` go along."""

    hold: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


class SimulatedEndpoint:
    """Refuses the numbers in `poison` as malformed; `told` gets one line of text for every request."""

    def __init__(self, key: str = "demo-key", *, poison: Collection[str] = (), told: Callable[[str], None] | None = None) -> None:
        self.key = key
        self.poison = set(poison)
        self.on_sale: dict[str, dict[str, Any]] = {}
        self.requests: deque[Request] = deque(maxlen=KEPT)
        self.port = 0
        # UNIX seconds for the Date header; None = this machine's clock.
        self.date: float | None = None
        # Answers by itself what it wants to; None = by the script and the contract.
        self.whim: Callable[[Request], Canned | Honest | None] = lambda _: None
        # So many requests were under way at the same time.
        self.busiest = 0
        self._busy = 0
        self._scheme = "http"
        self._told = told
        self._ids: dict[str, int] = {}
        self._script: deque[Canned | Honest] = deque()
        self._stir = asyncio.Condition()
        self._released = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The base URL."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    async def start(self, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        """Listen; 0 = any free port; with `tls` it is https."""
        self._scheme = "https" if tls else "http"
        app = web.Application(client_max_size=1 << 24)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=tls).start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Listen no more; what is on sale stays on sale, start() goes on with it."""
        self._released.set()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def script(self, *answers: Canned | Honest) -> None:
        """The next requests are answered by these, one each; then by the contract again."""
        self._released.clear()
        self._script.extend(answers)

    def release(self) -> None:
        """Let the answers that are held go out."""
        self._released.set()

    async def wait_for(self, predicate: Callable[["SimulatedEndpoint"], object], timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Wait until it is true of this endpoint, looked at after every request's arrival and judgement. TimeoutError."""
        async with asyncio.timeout(timeout), self._stir:
            await self._stir.wait_for(lambda: bool(predicate(self)))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self._busy += 1
        self.busiest = max(self.busiest, self._busy)
        try:
            return await self._answered(request)
        finally:
            self._busy -= 1

    async def _answered(self, request: web.Request) -> web.StreamResponse:
        came = await _read(request)
        scripted = (self._script.popleft() if self._script else self.whim(came)) or Honest()
        await self._happened(came)
        if scripted.hold:
            await self._released.wait()
        if isinstance(scripted, Canned):
            return _from_tin(request, scripted)
        status, content = self.judge(came)
        await self._happened(None)
        if self._told is not None:
            self._told(_line(came, status, content))
        date = {"Date": formatdate(self.date, usegmt=True)} if self.date is not None else {}
        return web.json_response(content, status=status, headers={**date, **scripted.headers})

    async def _happened(self, came: Request | None) -> None:
        async with self._stir:
            if came is not None:
                self.requests.append(came)
            self._stir.notify_all()

    def judge(self, came: Request) -> tuple[int, object]:
        """Status and body that the contract demands."""
        refusal = self._refusal(came)
        if refusal is not None:
            return refusal[0], {"response": refusal[1]}
        body = cast(dict[str, Any], came.body)
        if body.get("test") == "test2":
            return 200, body
        if body.get("test") == "test1":
            return 200, {"response": 1}
        return 200, {"response": 1, "ids": self._replace(body["numbers"])}

    def _refusal(self, came: Request) -> tuple[int, str] | None:
        if came.method != "POST" or came.path != PATH:
            return 405, "REQUEST_NOT_FOUND"
        authorization = came.headers.get("authorization", "")
        if not authorization.startswith("Bearer "):
            return 401, "ERROR_NO_KEY"
        if authorization != f"Bearer {self.key}":
            return 401, "ERROR_WRONG_KEY"
        if came.headers.get("content-type") != "application/json; charset=utf-8" or not came.headers.get("user-agent"):
            return 400, "ERROR_HEADERS"
        return _flaw(came.body, self.poison)

    def _replace(self, elements: list[dict[str, Any]]) -> dict[str, int | None]:
        """The list is now this one; the ids of what is on it, None for what was taken off."""
        before, self.on_sale = self.on_sale, {_plus(element["number"]): element for element in elements}
        for number in self.on_sale:
            self._ids.setdefault(number, 1000 + len(self._ids))
        gone: dict[str, int | None] = dict.fromkeys(number for number in before if number not in self.on_sale)
        return gone | {number: self._ids[number] for number in self.on_sale}


async def _read(request: web.Request) -> Request:
    raw = await request.read()
    try:
        content = json.loads(raw)
    except ValueError:
        content = None
    body = content if isinstance(content, dict) else None
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Request(request.method, request.path, headers, raw, body, asyncio.get_running_loop().time())


def _from_tin(request: web.Request, canned: Canned) -> web.StreamResponse:
    if canned.drop or canned.garble:
        transport = request.transport
        if transport is not None:
            transport.write(canned.garble)
            transport.close()
        return web.Response()
    body = canned.body if isinstance(canned.body, bytes) else json.dumps(canned.body).encode()
    return web.Response(status=canned.status, body=body, headers=canned.headers)


def _flaw(body: dict[str, Any] | None, poison: Collection[str]) -> tuple[int, str] | None:
    """What is wrong with a body, by the contract's table of keys."""
    elements = body.get("numbers") if body is not None else None
    if not isinstance(elements, list) or not all(isinstance(element, dict) for element in elements):
        return 400, "ERROR_BODY"
    numbers = [element.get("number") for element in elements]
    wrong = [n for n in numbers if not isinstance(n, str) or not NUMBER.fullmatch(n) or {_plus(n), n} & set(poison)]
    if wrong or len(set(numbers)) < len(numbers):
        return 400, "NUMBER_FORMAT_ERROR"
    if not all(_whole(element.get("date_start", 1), 1) for element in elements):
        return 400, "ERROR_DATE"
    if not all(_well_formed(element) for element in elements):
        return 400, "ERROR_PARAMS"
    ports = [element["port_id"] for element in elements if "port_id" in element]
    return (400, "ERROR_PORT") if len(set(ports)) < len(ports) else None


def _well_formed(element: Mapping[str, Any]) -> bool:
    port = element.get("port_id", "port")
    return (
        _whole(element.get("country_id"), 1)
        and _whole(element.get("operator", 1), 1)
        and isinstance(port, str)
        and 0 < len(port) < 100
        and element.get("rent", 0) in (0, 1)
    )


def _whole(value: object, least: int) -> bool:
    return type(value) is int and value >= least


def _plus(number: str) -> str:
    return f"+{number.removeprefix('+')}"


def _line(came: Request, status: int, content: object) -> str:
    if status != 200:
        return f"{status} {json.dumps(content)}"
    kind = f" ({came.test})" if came.test else ""
    return f"{len(came.numbers)} on sale{kind}: {' '.join(sorted(came.numbers)) or 'nothing'}"
