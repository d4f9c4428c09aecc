"""Pins that may not be there yet, an expander's that wakes late for instance: asked for at once, and again whenever they are used."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from agent.errors import LineError, WiringError

if TYPE_CHECKING:
    from hw.gpio import GpioLine
    from hw.supply import GpioSupply

Pin = TypeVar("Pin")

log = logging.getLogger(__name__)


class LateLine:
    """`PresenceLine`; while the pin cannot be had, it cannot be read. WiringError when it never will be."""

    def __init__(self, slot: str, have: Callable[[], "GpioLine"]) -> None:
        self._slot, self._have = slot, have
        self._callback: Callable[[], None] | None = None
        self._line = _early(have)

    def present(self) -> bool:
        """The level now. LineError when it cannot be read."""
        return self._had().present()

    def on_edge(self, callback: Callable[[], None]) -> None:
        """From the moment on that the pin can be had. LineError when it tells of no edges."""
        self._callback = callback
        if self._line is not None:
            self._line.on_edge(callback)

    def move(self, present: bool) -> None:
        """As GpioLine.move."""
        self._had().move(present)

    def close(self) -> None:
        """Release the pin, if it was ever had."""
        if self._line is not None:
            self._line.close()

    def _had(self) -> "GpioLine":
        if self._line is None:
            self._line = self._have()
            if self._callback is not None:
                try:
                    self._line.on_edge(self._callback)
                except LineError as error:
                    log.error("a presence line tells of no edges, so that a card is noticed late: %s", error, extra={"slot": self._slot})
        return self._line


class LateSupply:
    """A power line; one that cannot be had is told at once. WiringError when it never will be."""

    def __init__(self, slot: str, have: Callable[[], "GpioSupply"]) -> None:
        self._have = have
        said = "a power line cannot be had, and is asked for again when needed: %s"
        self._supply = _early(have, lambda error: log.error(said, error, extra={"slot": slot}))

    def give(self, on: bool) -> None:
        """Power or none. LineError when the pin cannot be had or set."""
        if self._supply is None:
            self._supply = self._have()
        self._supply.give(on)

    def close(self) -> None:
        """Release the pin, if it was ever had."""
        if self._supply is not None:
            self._supply.close()


def _early(have: Callable[[], Pin], complain: Callable[[LineError], None] = lambda _: None) -> Pin | None:
    """None when it cannot be had now."""
    try:
        return have()
    except WiringError:
        raise
    except LineError as error:
        complain(error)
        return None
