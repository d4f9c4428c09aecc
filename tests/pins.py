"""Mock pins that fail as real ones do: not given by the kernel, or dead with their chip."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from gpiozero.pins.mock import MockPin


@contextmanager
def absent(*pins: str) -> Iterator[None]:
    """The kernel does not give these pins."""
    whole: Callable[..., None] = MockPin.__init__

    def refused(pin: MockPin, factory: object, info: object) -> None:
        if getattr(info, "name", "") in pins:
            raise OSError(errno.ENODEV, "No such device")
        whole(pin, factory, info)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MockPin, "__init__", refused)
        yield


@contextmanager
def broken(verb: str, *pins: str) -> Iterator[list[tuple[str, tuple[object, ...]]]]:
    """Those pins' chip does not answer: `_get_state` or `_set_state` fails for them; the calls for other pins are told."""
    others: list[tuple[str, tuple[object, ...]]] = []
    whole: Callable[..., object] = getattr(MockPin, verb)

    def fails(pin: MockPin, *value: object) -> object:
        if pin.info.name in pins:
            raise OSError(121, "Remote I/O error")
        others.append((pin.info.name, value))
        return whole(pin, *value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MockPin, verb, fails)
        yield others


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the agent itself said; what is collected of other tests meanwhile may complain, too."""
    return [one.getMessage() for one in caplog.records if one.levelname == "ERROR" and one.name.startswith("agent.")]
