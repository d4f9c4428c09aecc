"""What a fuzz target is: how one input is run, what it may be made of, and what it costs at most."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """`run` takes one input and raises when it broke something; `longest` octets an input; `share` of all runs, relative to the others."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    words: tuple[str, ...] = ()
    longest: int = 256
    share: int = 1


def text_of(octets: bytes) -> str:
    """The text in an input: UTF-8 where it is, every other octet as itself."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def promise(kept: object, what: str) -> None:
    """AssertionError unless it is kept; `assert` would be silent under -O."""
    if not kept:
        raise AssertionError(what)
