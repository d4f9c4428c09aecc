"""The way to the endpoint, judged step by step: clock, name, certificate, key."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.doctor.finding import Finding, Result
from agent.ports import Clock
from agent.sync.answers import Accepted, BadDate, Malformed, Passing, Verdict, by_the_clock, judge
from agent.sync.reach import place, reached, resolved
from agent.sync.request import Endpoint, body

if TYPE_CHECKING:
    from agent.sync.wire import Reply

BUILT = 1735689600.0  # 2025-01-01: no clock is right that believes in a time before this program
_TAKEN = tuple(one.__name__.lower() for one in (Accepted, Malformed, BadDate))  # each of them only after the key
SET_CLOCK = "let it reach a time server (timedatectl), or fit a real-time clock"


def clock(now: Clock, *, agreed: bool) -> Finding:
    """Whether the kernel calls the clock synchronised; `agreed`: the agent has seen it agree with the endpoint's."""
    if now.wall() < BUILT:
        return Finding("clock", Result.FAILURE, "the clock stands before this program was written", SET_CLOCK)
    if now.synchronised():
        return Finding("clock", Result.OK, "a time service keeps the clock")
    if agreed:
        return Finding("clock", Result.NOTE, "no time service keeps the clock, but it agrees with the endpoint's", SET_CLOCK)
    told = "no time service has set the clock: date_start is left out, certificates may be misjudged"
    return Finding("clock", Result.WARNING, told, SET_CLOCK)


@dataclass(frozen=True, slots=True)
class Way:
    """`findings` of name and connection; `open`: whether the endpoint can be spoken to."""

    findings: list[Finding]
    open: bool


def way(endpoint: Endpoint, now: Clock, trusted: ssl.SSLContext | None) -> Way:
    """Name and certificate; `trusted` None = this machine's authorities."""
    host, port, tls = place(endpoint.url)
    addresses = resolved(host, port)
    if isinstance(addresses, Passing):
        mend = "network and name server (`getent hosts` asks it), or a wrong [endpoint] url"
        return Way([Finding("dns", Result.FAILURE, addresses.why, mend), _untried("tls")], False)
    told = f"{host} is {addresses[0]}" + (f" and {len(addresses) - 1} more" if len(addresses) > 1 else "")
    found = Finding("dns", Result.OK, f"{host} is an address: no name server is needed" if addresses == [host] else told)
    trouble = reached(host, port, (trusted or ssl.create_default_context()) if tls else None)
    if trouble is None:
        told = f"{host}:{port} answers, and its certificate is good" if tls else f"{host}:{port} answers, without TLS"
        return Way([found, Finding("tls", Result.OK, told)], True)
    return Way([found, _closed(trouble, now)], False)


def _closed(trouble: Passing, now: Clock) -> Finding:
    if trouble.certificate is not None:
        set_right = now.synchronised() and now.wall() >= BUILT
        what, _, mend = by_the_clock(trouble, now.wall(), set_right).why.rpartition(": ")
        return Finding("tls", Result.FAILURE, what, mend)
    if trouble.why.startswith("the certificate"):
        return Finding(
            "tls", Result.FAILURE, trouble.why, "sudo apt install ca-certificates; or somebody stands in between; or a wrong url"
        )
    return Finding("tls", Result.FAILURE, trouble.why, "firewall, network, or a wrong [endpoint] url; otherwise the partner is down")


def _untried(check: str) -> Finding:
    return Finding(check, Result.UNKNOWN, "not tried: the step before has failed")


def untried_key() -> Finding:
    """The endpoint cannot be reached at all."""
    return _untried("key")


def told(answer: Mapping[str, Any]) -> Finding:
    """The agent's answer to `sync` with test1."""
    return _judged(str(answer["verdict"]), str(answer["why"]))


def asked(endpoint: Endpoint, now: Clock, trusted: ssl.SSLContext | None) -> Finding:
    """One POST of our own that saves nothing, with an empty list."""
    import asyncio  # noqa: PLC0415  with aiohttp half the doctor's start: a running agent has both already

    reply = asyncio.run(_posted(endpoint, trusted))
    verdict: Verdict = reply if isinstance(reply, Passing) else judge(reply.status, reply.headers, reply.body, now.wall())
    return _judged(type(verdict).__name__.lower(), endpoint.api_key.hidden_in(verdict.why))


async def _posted(endpoint: Endpoint, trusted: ssl.SSLContext | None) -> "Reply | Passing":
    from agent.sync.wire import Wire  # noqa: PLC0415  as above

    wire = Wire(endpoint, tls=trusted, once=True)
    try:
        return await wire.post(body((), endpoint, {}, test="test1", with_date_start=False))
    finally:
        await wire.close()


def _judged(verdict: str, why: str) -> Finding:
    if verdict in _TAKEN:
        return Finding("key", Result.OK, "the endpoint accepts the key (test1: nothing was saved)")
    what, _, mend = why.rpartition(": ")
    if verdict == "refused" and what:
        return Finding("key", Result.FAILURE, what, mend)
    if verdict == "redirected":
        return Finding("key", Result.FAILURE, why, "mend [endpoint] url")
    if verdict == "passing":
        return Finding("key", Result.WARNING, f"the endpoint fails: {why}", "it is tried again by itself; otherwise ask the partner")
    return Finding("key", Result.WARNING, why, "ask the partner")
