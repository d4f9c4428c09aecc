"""The endpoint and the way to it: honest, slow, down, lying, or taking the list and losing the answer."""

import asyncio
import json
import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from agent.sync.answers import Passing
from agent.sync.wire import Reply
from hw.simulated.endpoint import PATH, Request, SimulatedEndpoint

from .loop import Agenda
from .wall import Wall

KEY = "s1mulated-k3y"
PATIENCE = 30.0  # seconds: what the agent's own wire waits for an answer
HOUR = 3600.0

Answer = tuple[int, bytes, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Weather:
    """How one request fares. `lost`: "before" the endpoint has it, or "after"; `late`: taken so many seconds after the agent gave up."""

    latency: float = 0.05
    error: str = ""
    lost: str = ""
    late: float = 0.0
    answer: Callable[[Mapping[str, Any]], Answer | None] = lambda _: None


class Far:
    """`on_sale` is what the partner believes. `posted` is told of every list as it leaves, `heard` of every one whose "1" has come back."""

    def __init__(self, agenda: Agenda, wall: Wall, chance: random.Random) -> None:
        self.agenda, self.wall, self._chance = agenda, wall, chance
        self.endpoint = SimulatedEndpoint(KEY)
        self.weather: Callable[[random.Random], Weather] = lambda chance: Weather(latency=chance.uniform(0.01, 0.4))
        self.rough = False  # whether the weather is of a fault
        self.smooth_since = 0.0
        self.dates = True
        self.patience = PATIENCE
        self.refused: dict[str, float] = {}  # numbers that were called malformed one by one, and when
        self.hour: deque[float] = deque()
        self.requests = 0
        self.posted: Callable[[Mapping[str, Any]], None] = lambda _: None
        self.heard: Callable[[Mapping[str, Any]], None] = lambda _: None

    @property
    def on_sale(self) -> dict[str, dict[str, Any]]:
        """The list that is in force, by `+E.164`."""
        return self.endpoint.on_sale

    def wire(self, alive: Callable[[], bool]) -> "FarWire":
        """The way there for one life."""
        return FarWire(self, alive)

    def storm(self, weather: Callable[[random.Random], Weather]) -> None:
        """Trouble begins."""
        self.weather, self.rough = weather, True

    def calm(self) -> None:
        """It ends."""
        self.weather, self.rough = lambda chance: Weather(latency=chance.uniform(0.01, 0.4)), False
        self.smooth_since = self.agenda.now

    def judge(self, body: Mapping[str, Any]) -> Answer:
        """The honest answer, and its effect."""
        raw = json.dumps(body).encode()
        headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json; charset=utf-8", "user-agent": "simgate"}
        status, content = self.endpoint.judge(Request("POST", PATH, headers, raw, dict(body), self.agenda.now))
        return status, json.dumps(content).encode(), {}

    def judge_late(self, body: Mapping[str, Any]) -> None:
        """A request that nobody waits for any more takes effect."""
        self.judge(body)
        self.smooth_since = self.agenda.now

    def note_refusal(self, body: Mapping[str, Any], octets: bytes) -> None:
        """A single number that is called malformed may be set aside by whoever asked."""
        if len(body["numbers"]) == 1 and b"NUMBER_FORMAT_ERROR" in octets:
            number = body["numbers"][0]["number"]
            self.refused[f"+{number.removeprefix('+')}"] = self.agenda.now

    def forecast(self) -> Weather:
        """Of the next request."""
        return self.weather(self._chance)

    def count(self) -> int:
        """One more request; how many in the last hour."""
        now = self.agenda.now
        self.requests += 1
        self.hour.append(now)
        while self.hour[0] < now - HOUR:
            self.hour.popleft()
        return len(self.hour)


class FarWire:
    """`Carrier` of one life."""

    def __init__(self, far: Far, alive: Callable[[], bool]) -> None:
        self._far, self._alive = far, alive

    async def post(self, body: Any) -> Reply | Passing:
        """As Carrier.post."""
        if not self._alive():
            return Passing("nobody is there any more")
        far = self._far
        far.posted(body)
        weather = far.forecast()
        if weather.error:
            await asyncio.sleep(min(weather.latency, far.patience))
            return Passing(weather.error)
        answer = self._answered(body, weather)
        await asyncio.sleep(min(weather.latency, far.patience))
        if weather.latency >= far.patience:
            return Passing(f"no answer within {PATIENCE:g} s")
        if answer is None or weather.lost:
            return Passing("ServerDisconnectedError: Server disconnected")
        status, octets, headers = answer
        if self._alive():
            far.note_refusal(body, octets)
            if status == 200 and "test" not in body and octets.startswith(b'{"response": 1,'):
                far.heard(body)
        date = {"Date": formatdate(far.wall.true, usegmt=True)} if far.dates else {}
        return Reply(status, {**date, **headers}, octets)

    def _answered(self, body: Mapping[str, Any], weather: Weather) -> Answer | None:
        """The answer, with the effect that the request has by now; a late one has its own when its time comes."""
        far = self._far
        if weather.lost == "before":
            return None
        if weather.late:
            far.agenda.after(PATIENCE + weather.late, lambda: far.judge_late(body))
            return None
        return weather.answer(body) or far.judge(body)

    async def close(self) -> None:
        """Nothing to end."""
