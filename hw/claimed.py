"""Inputs and outputs of gpiozero that leave nothing behind where they fail: no reservation, no word when they are collected."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gpiozero import DigitalOutputDevice, InputDevice


class _Claim:
    """What of it cannot be made lets go of its pin at once, and not when somebody collects it."""

    def __init__(self, *names: str, **what: Any) -> None:
        try:
            super().__init__(*names, **what)
        except BaseException:
            _forget(self)
            raise


class Input(_Claim, InputDevice):  # type: ignore[misc]  # gpiozero is untyped
    """One input."""


class Output(_Claim, DigitalOutputDevice):  # type: ignore[misc]
    """One output."""


@contextmanager
def releasing(claimed: Input | Output) -> Iterator[None]:
    """Closed afterwards, and its pin forgotten even where that fails."""
    try:
        try:
            yield
        finally:
            claimed.close()
    finally:
        _forget(claimed)


def _forget(claimed: Any) -> None:
    claimed.pin_factory.release_all(claimed)
    # What gpiozero could not close it would try to close again when it is collected, and print what that raises.
    claimed._pin = None
