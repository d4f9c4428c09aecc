"""What the person in front of the rack has chosen, and what a key press makes of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

from agent.watch.signs import Of, troubled

BLINK = 30.0  # seconds that an LED blinks for one press


class Filter(Enum):
    """Which slots are shown; the others keep their place as a dot."""

    ALL = "all"
    OFF = "not on sale"
    TROUBLE = "only trouble"


class Blink(NamedTuple):
    """Let the LED of a slot blink; 0 seconds end it."""

    slot: str
    seconds: float


class Quit:
    """The end."""


class Anew:
    """Draw all of it: something else has written over the picture."""


Wish = Blink | Quit | Anew


@dataclass(frozen=True, slots=True)
class View:
    """`chosen`: a slot's name, None = the first; `opened`: that slot alone fills the screen; `said`: the last word to the person."""

    chosen: str | None = None
    filter: Filter = Filter.ALL
    opened: bool = False
    helped: bool = False
    said: str = ""


def passes(view: View, slot: Of) -> bool:
    """Whether the slot is shown. The chosen one is, for it must not vanish from under the eyes of whoever mends it."""
    match view.filter:
        case Filter.OFF:
            return not slot["on_sale"] or slot["slot"] == view.chosen
        case Filter.TROUBLE:
            return troubled(slot) or slot["slot"] == view.chosen
        case _:
            return True


def place(view: View, slots: Sequence[Of]) -> int:
    """Where the chosen slot stands; the first one for a slot that is gone."""
    return next((at for at, slot in enumerate(slots) if slot["slot"] == view.chosen), 0)


_STEPS = {"up": (-1, 0), "k": (-1, 0), "down": (1, 0), "j": (1, 0), "left": (0, -1), "h": (0, -1), "right": (0, 1), "l": (0, 1)}


def press(view: View, key: str, slots: Sequence[Of], columns: int) -> tuple[View, Wish | None]:
    """The view after that key, and what is to be done; `columns`: how many slots stand side by side."""
    view = replace(view, said="")
    if key in ("interrupt", "q"):
        return view, Quit()
    if key == "redraw":
        return view, Anew()
    if view.helped or key == "?":
        return replace(view, helped=not view.helped), None
    if not slots:
        return view, None
    here = place(view, slots)
    match key:
        case "enter":
            return replace(view, opened=not view.opened, chosen=slots[here]["slot"]), None
        case "escape" | "backspace":
            return replace(view, opened=False), None
        case "b":
            return view, Blink(slots[here]["slot"], 0.0 if slots[here]["led"] == "identify" else BLINK)
        case "f":
            return _filtered(view, slots), None
        case "n" | "tab":
            return _next_trouble(view, slots, here), None
        case _ if key in _STEPS:
            return _moved(view, slots, columns, here, *_STEPS[key]), None
    return view, None


def _filtered(view: View, slots: Sequence[Of]) -> View:
    every = list(Filter)
    turned = replace(view, filter=every[(every.index(view.filter) + 1) % len(every)], opened=False)
    strict = replace(turned, chosen=None)
    found = [slot["slot"] for slot in slots if passes(strict, slot)]
    if not found:
        return replace(turned, said=f"no slot is left by the filter: {turned.filter.value}")
    return turned if turned.chosen in found else replace(turned, chosen=found[0])


def _next_trouble(view: View, slots: Sequence[Of], here: int) -> View:
    for step in range(1, len(slots) + 1):
        slot = slots[(here + step) % len(slots)]
        if troubled(slot):
            return replace(view, chosen=slot["slot"])
    return replace(view, said="no slot is in trouble")


def _moved(view: View, slots: Sequence[Of], columns: int, here: int, down: int, right: int) -> View:
    """The nearest slot that way that is shown; along a row, over its end into the next one."""
    row, column = divmod(here, columns)
    found: list[tuple[int, int, int]] = []
    for at, slot in enumerate(slots):
        if not passes(view, slot):
            continue
        rows, aside = (at // columns - row) * down, abs(at % columns - column)
        if right and (at - here) * right > 0:
            found.append((abs(at - here), 0, at))
        elif down and rows > 0:
            found.append((rows, aside, at))
    return replace(view, chosen=slots[min(found)[2]]["slot"]) if found else replace(view, chosen=slots[here]["slot"])
