"""What is told of one gateway, at one moment, as plain values; nothing in it says whose SIM it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """One slot: `state` of the slot machine; `resets` by rung and `timeouts` of AT commands since the start."""

    name: str
    state: str
    on_sale: bool
    quarantined: bool
    timeouts: int
    resets: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Requests:
    """Answers of the endpoint: how many took up to `bounds[i]` s and longer than the bound before, the last beyond all; seconds."""

    bounds: Sequence[float]
    counts: Sequence[int]
    total: float
    last: float | None
    unanswered: int


@dataclass(frozen=True, slots=True)
class Queue:
    """Changes that the endpoint has not taken; `oldest`: UNIX seconds, None = there is none, or no right clock when it came."""

    changes: int
    oldest: float | None


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it. `since`, `accepted_at`: UNIX seconds. `held`: the first list waits; `warned`: many modems are gone or silent together.

    `queue` None = the database cannot be read. `endpoint_states`, `slot_states`, `matters`: every word that there is.
    """

    version: str
    gateway: str
    since: float
    clock_ok: bool
    held: bool
    warned: bool
    strays: int
    endpoint: str
    endpoint_states: Sequence[str]
    delivered: int
    accepted: int
    accepted_at: float | None
    requests: Requests
    queue: Queue | None
    slot_states: Sequence[str]
    matters: Mapping[str, int]
    slots: Sequence[SlotFacts]
