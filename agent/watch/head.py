"""The first lines: the rack as a whole, its endpoint, and what is wrong with all of it. Pure."""

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from agent.ports import Colour
from agent.watch.lines import Part, line, wrapped
from agent.watch.signs import STYLES, age, troubled

CLOCK = "clock ok"
LOOK = STYLES[Colour.YELLOW]


def head(status: Mapping[str, Any], now: float, width: int) -> Text:
    """Gateway, numbers on sale, endpoint, queue, next list, clock; a narrow screen does without what is well."""
    slots = status["slots"]
    well = (f"{sum(slot['on_sale'] for slot in slots)} of {len(slots)} on sale", "bold")
    trouble = sum(map(troubled, slots))
    parts = [(str(status["gateway"])[:20], "bold"), well, *([(f"▲ {trouble}", LOOK)] if trouble else []), *_endpoint(status, now)]
    if status["clock_ok"] and sum(len(text) + 2 for text, _ in parts) + len(CLOCK) <= width:
        parts.append((CLOCK, ""))
    spaced: list[Part] = [parts[0]]
    for part in parts[1:]:
        spaced += ["  ", part]
    return line(width, *spaced)


def _endpoint(status: Mapping[str, Any], now: float) -> list[tuple[str, str]]:
    endpoint, queue = status["endpoint"], status["queue"]
    state, upcoming = endpoint["state"], endpoint["next_try"]
    troubled = state in ("retrying", "refused")
    parts = [(f"endpoint {state}", LOOK if troubled else "")]
    waiting = "?" if queue["pending"] is None else str(queue["pending"])
    old = age(queue["oldest"], now) if queue["oldest"] is not None else ""
    parts.append((f"queue {waiting}{f' ({old})' if old else ''}", LOOK if waiting == "?" else ""))
    if upcoming is not None:
        parts.append((f"next {'try' if troubled else 'list'} in {max(0, round(upcoming - now))} s", ""))
    elif state in ("idle", "waiting"):
        parts.append(("no list yet", ""))
    else:
        parts.append(("sending", ""))
    return parts


def notices(status: Mapping[str, Any], away: str | None, width: int, most: int) -> list[Text]:
    """What a person must know of the whole rack, the gravest first; `most` lines."""
    said: list[tuple[str, str]] = []
    if away is not None:
        said.append((f"THE AGENT DOES NOT ANSWER, this is what it said last. {away}", LOOK))
    endpoint = status["endpoint"]
    if endpoint["last_error"] and endpoint["state"] != "ok":
        said.append((f"endpoint: {endpoint['last_error']}", LOOK))
    if status["led"] == "stuck":
        said.append(("a part of simgate hangs: it will be started anew; look at its log", LOOK))
    if status["warning"]:
        said.append((status["warning"], LOOK))
    if not status["clock_ok"]:
        said.append(("the clock is not known to be right: date_start is left out", LOOK))
    if status["led"] == "starting":
        said.append(("the first list since the start waits until every slot has spoken", "bold"))
    if status["unclaimed"]:
        strays = ", ".join(f"{one['usb']} ({one['usb_id']})" for one in status["unclaimed"])
        said.append((f"modems where no slot is: {strays}", ""))
    lines: list[Text] = []
    for text, style in said:
        lines += wrapped(width, text, 3, style)
    return lines[:most]
