"""What one answer of the endpoint means, and which numbers of a refused list are the malformed ones. Pure."""

import json
import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar

LONGEST_ANSWER = 1 << 20  # octets; more is no answer of an endpoint
LONGEST_REST = 900.0  # seconds of Retry-After that are believed

PASSING = frozenset((408, 425, 429))
WRONG_PATH = "mend [endpoint] url: the server does not know this path"
MENDS = {
    "ERROR_WRONG_KEY": "the key is wrong: mend [endpoint] api_key_file",
    "ERROR_NO_KEY": "the key did not arrive: mend [endpoint] api_key_file, or a proxy that strips it",
    "ACCOUNT_BLOCKED": "the account is blocked: ask the partner",
    "API_ACCESS_DISABLED": "the account may not use the API: ask the partner",
    "API_ACCESS_IP": "this gateway's IP address is not allowed: ask the partner",
    "REQUEST_NOT_FOUND": WRONG_PATH,
}
STATUS_MENDS = {
    401: "the key is not accepted: mend [endpoint] api_key_file",
    403: "this account or address is not allowed: ask the partner",
    404: WRONG_PATH,
    405: WRONG_PATH,
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """The list is on sale; `ids` maps `+E.164` to the partner's id, None = taken off."""

    ids: Mapping[str, int | None] = field(default_factory=dict)
    why = ""


@dataclass(frozen=True, slots=True)
class Malformed:
    """Some number of the list is malformed; which one is not said."""

    why = "NUMBER_FORMAT_ERROR"


@dataclass(frozen=True, slots=True)
class BadDate:
    """A `date_start` is malformed."""

    why = "ERROR_DATE"


@dataclass(frozen=True, slots=True)
class Refused:
    """Key, account, address or path is wrong: a person has to mend it."""

    why: str


@dataclass(frozen=True, slots=True)
class Redirected:
    """The key goes nowhere but where it was meant to: not followed."""

    target: str

    @property
    def why(self) -> str:
        """For people."""
        return f"redirected to {self.target}: not followed; mend [endpoint] url"


@dataclass(frozen=True, slots=True)
class Rejected:
    """The endpoint understood the request and says no, by a name that the contract does not explain."""

    response: str

    @property
    def why(self) -> str:
        """For people."""
        return f"the endpoint says {self.response}"


@dataclass(frozen=True, slots=True)
class Passing:
    """Trouble that goes away by itself; `retry_after` seconds when the endpoint named them."""

    why: str
    retry_after: float | None = None


Verdict = Accepted | Malformed | BadDate | Refused | Redirected | Rejected | Passing


def judge(status: int, headers: Mapping[str, str], body: bytes, now: float) -> Verdict:
    """One answer. `headers` has `Location`, `Retry-After` and `Date` where they came; `now` is in UNIX seconds."""
    if status in PASSING or status >= 500:
        return Passing(f"HTTP {status}", _rest(headers, now))
    if 300 <= status < 400:
        return Redirected(_printable(headers.get("Location", "nowhere")))
    content = _content(body)
    response = _response(content)
    named = _named(response)
    if named is not None:
        return named
    if status in STATUS_MENDS:
        return Refused(f"HTTP {status}: {STATUS_MENDS[status]}")
    if not isinstance(content, dict):
        return Passing(f"HTTP {status} with a body that is no JSON object", _rest(headers, now))
    if status == 200 and type(response) in (int, float) and response == 1:
        return Accepted(_ids(content.get("ids")))
    return Rejected(_printable(f"HTTP {status} {json.dumps(response)}"))


def spoken_at(headers: Mapping[str, str]) -> float | None:
    """The endpoint's own clock by its `Date` header, UNIX seconds."""
    return _http_date(headers.get("Date", ""))


def _content(body: bytes) -> object:
    if len(body) > LONGEST_ANSWER:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        # Some error bodies are the bare name.
        bare = re.fullmatch(rb"\s*([A-Z][A-Z_]{2,63})\s*", body)
        return {"response": bare[1].decode("ascii")} if bare else None


def _response(content: object) -> object:
    return content.get("response") if isinstance(content, dict) else None


def _named(response: object) -> Verdict | None:
    match response:
        case "NUMBER_FORMAT_ERROR":
            return Malformed()
        case "ERROR_DATE":
            return BadDate()
        case str() if response in MENDS:
            return Refused(f"{response}: {MENDS[response]}")
    return None


def _ids(content: object) -> dict[str, int | None]:
    # An empty PHP array is `[]` in JSON, also where an object was meant.
    pairs = content.items() if isinstance(content, dict) else ()
    return {f"+{number.removeprefix('+')}": ident for number, ident in pairs if ident is None or type(ident) is int}


def _rest(headers: Mapping[str, str], now: float) -> float | None:
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return min(float(text), LONGEST_REST)
    until = _http_date(text)
    if until is None:
        return None
    # A Pi's clock may be wrong; the endpoint's two times agree with each other.
    return min(max(until - (spoken_at(headers) or now), 0.0), LONGEST_REST)


def _http_date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text[:200])


T = TypeVar("T")


def bisect(numbers: Sequence[T]) -> Generator[Sequence[T], bool, tuple[T, ...]]:
    """The guilty ones of a refused list: yields lists to test, is sent whether each is taken. None is convicted by inference."""
    if not numbers:
        return ()
    if len(numbers) == 1:
        return () if (yield numbers) else tuple(numbers)
    half = len(numbers) // 2
    guilty: tuple[T, ...] = ()
    for part, certain in ((numbers[:half], False), (numbers[half:], True)):
        # The first half all well: it is the second, unasked; a single number is asked in any case.
        inferred = certain and not guilty
        if len(part) == 1 or inferred or not (yield part):
            guilty += yield from bisect(part)
    return guilty
