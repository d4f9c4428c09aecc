"""A checksum in each row: SQLite notices a page that is torn, never a value that has rotted in its place. Pure."""

import zlib
from collections.abc import Sequence
from typing import Any


def seal(*values: Any) -> int:
    """Of the values of a row in the order of its table, NULL is None: 32 bits with a sign, as SQLite keeps them in four octets."""
    # ascii() spells a value alike in every version of Python and of Unicode.
    return zlib.crc32(ascii(values).encode("ascii")) - 2**31


def whole(row: Sequence[Any]) -> bool:
    """Whether a row, its seal last, is as it was written."""
    return bool(seal(*row[:-1]) == row[-1])
