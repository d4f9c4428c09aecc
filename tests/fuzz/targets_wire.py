"""Targets: what comes over a socket: the endpoint's answers, and requests to the running agent."""

import json
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any

from agent.control import Control
from agent.errors import RefusedError
from agent.sync.answers import LONGEST_REST, Accepted, Passing, judge, spoken_at

from .target import promise

NOW = 1763985600.0
STATUSES = (200, 400, 401, 403, 404, 405, 408, 429, 500, 302, 204, 418)


def answer(octets: bytes) -> None:
    """Status, two headers and a body: a verdict that fits one line, and rests that end."""
    head, _, body = octets.partition(b"\0")
    status = STATUSES[head[0] % len(STATUSES)] if head else 200
    retry, _, date = head[1:].decode("latin-1").partition("\n")
    headers = {name: value for name, value in (("Retry-After", retry), ("Date", date), ("Location", retry)) if value}
    verdict = judge(status, headers, body, NOW)
    if isinstance(verdict, Accepted):
        promise(status == 200 and json.loads(body)["response"] == 1, "taken for accepted")
        promise(all(number[:1] == "+" and (i is None or type(i) is int) for number, i in verdict.ids.items()), "ids of nothing")
    else:
        promise(verdict.why and len(verdict.why) < 400 and verdict.why.isprintable(), "a reason is one printable line")
    rest = verdict.retry_after if isinstance(verdict, Passing) else None
    promise(rest is None or 0 <= rest <= LONGEST_REST, "a rest without end")
    promise(isinstance(spoken_at(headers), float | None), "no time")


async def _word(request: Mapping[str, Any]) -> Any:
    return request.get("word")


async def _refuse(_request: Mapping[str, Any]) -> Any:
    raise RefusedError("no", "do something else")


CONTROL = Control(Path("x"), {"status": _word, "refuse": _refuse})


def request(octets: bytes) -> None:
    """One line on the control socket: an answer that is one JSON line."""
    said = _finished(CONTROL._answer(octets))
    line = json.dumps(said).encode() + b"\n"
    promise(line.count(b"\n") == 1, "an answer is one line")
    promise(said["ok"] or (isinstance(said["error"], str) and said["exit"] in (1, 2, 3, 78)), "a refusal without a reason")


def _finished(talk: Coroutine[Any, Any, Mapping[str, Any]]) -> Mapping[str, Any]:
    try:
        talk.send(None)
    except StopIteration as end:
        found: Mapping[str, Any] = end.value
        return found
    raise AssertionError("it waits for something")
