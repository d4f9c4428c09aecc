"""Moments and spans as people read and write them."""

import re
import time

import click

_SPAN = re.compile(r"([0-9]{1,6}) ?(s|min|m|h|d|w)")
_SECONDS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_FORMS = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")


def since(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
    """`2h`, `30min`, `7d`, `2026-11-25` or `"2026-11-25 14:00"`, local time -> UNIX seconds; what is neither is wrong use."""
    if value is None:
        return None
    if found := _SPAN.fullmatch(value.strip()):
        return time.time() - int(found[1]) * _SECONDS[found[2]]
    for form in _FORMS:
        try:
            return time.mktime(time.strptime(value.strip(), form))
        except (ValueError, OverflowError):
            continue
    raise click.BadParameter(f"{value!r} is neither a span, as 2h, 30min or 7d, nor a day, as 2026-11-25")


def moment(wall: float | None) -> str:
    """Local time, to the second."""
    return "-" if wall is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(wall))


def ago(wall: float | None) -> str:
    """How long ago that was."""
    return "never" if wall is None else f"{span(time.time() - wall)} ago"


def until(wall: float | None) -> str:
    """How long it takes until then."""
    return "-" if wall is None else span(wall - time.time())


def span(seconds: float) -> str:
    """In the unit that leaves two or more of it."""
    seconds = max(0.0, seconds)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
