"""JSON that can mean one thing only. Pure."""

import json


def read(octets: bytes) -> object:
    """The value of one JSON text. ValueError that says why when two readers could read two values out of it, or none.

    UTF-8 is read, with or without a byte order mark, and no other encoding; a key that stands twice, NaN, Infinity, an
    integer of thousands of digits and nesting beyond the parser's stack are refused wherever they stand.
    """
    try:
        return json.loads(octets.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in it")
    return found


def _constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
