"""What one answer of the endpoint means, and which numbers of a refused list are the malformed ones. Pure."""

import json
import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from typing import TypeVar

from agent.sync import strict

LONGEST_ANSWER = 1 << 18  # octets; ids of thousands of numbers are shorter, and parsed it may take twenty times as much memory
LONGEST_REST = 900.0  # seconds of Retry-After that are believed
USUAL_REST = 60.0  # seconds, where Retry-After is a date and nobody knows what time it is
LARGEST_ID = 2**63 - 1

# X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED, x509_vfy.h
CERTIFICATE = {9: "not yet valid", 10: "expired"}
NEW_KEY = "put the right one into the key file (api.key beside the configuration, or what api_key_file names), and restart simgate"
PASSING = frozenset((408, 425, 429))
WRONG_PATH = "mend [endpoint] url: the server does not know this path"
MENDS = {
    "ERROR_WRONG_KEY": f"the key is wrong: {NEW_KEY}",
    "ERROR_NO_KEY": "the key did not arrive: is there a proxy that strips it? Otherwise ask the partner",
    "ACCOUNT_BLOCKED": "the account is blocked: ask the partner",
    "API_ACCESS_DISABLED": "the account may not use the API: ask the partner",
    "API_ACCESS_IP": "this gateway's IP address is not allowed: ask the partner",
    "REQUEST_NOT_FOUND": WRONG_PATH,
}
STATUS_MENDS = {
    401: f"the key is not accepted: {NEW_KEY}",
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
class Implausible:
    """So many numbers of one list are malformed that it is not the numbers: nobody is set aside."""

    guilty: int
    of: int

    @property
    def why(self) -> str:
        """For people."""
        found = f"NUMBER_FORMAT_ERROR for {self.guilty} of {self.of} numbers, too many to blame the numbers: none is set aside"
        return f"{found}; see whether the partner wants another [endpoint] number_format"


@dataclass(frozen=True, slots=True)
class Passing:
    """Trouble that goes away by itself; `retry_after` seconds when the endpoint named them.

    `certificate` is what a clock has to do with it: "not yet valid" or "expired", None = nothing.
    """

    why: str
    retry_after: float | None = None
    certificate: str | None = None


Verdict = Accepted | Malformed | BadDate | Refused | Redirected | Rejected | Implausible | Passing


def judge(status: int, headers: Mapping[str, str], body: bytes, now: float | None) -> Verdict:
    """One answer. `headers` has `Location`, `Retry-After` and `Date` where they came; `now` is in UNIX seconds, None = nobody knows.

    Only status 200 and an object whose `response` is the integer 1 is an acceptance; what could be read in two ways passes.
    """
    if status in PASSING or status >= 500:
        return Passing(f"HTTP {status}", _rest(headers, now))
    if 300 <= status < 400:
        return Redirected(printable(headers.get("Location", "nowhere")))
    content, why = _content(body)
    response = _response(content)
    named = _named(response)
    if named is not None:
        return named
    if status in STATUS_MENDS:
        return Refused(f"HTTP {status}: {STATUS_MENDS[status]}")
    if not isinstance(content, dict):
        return Passing(f"HTTP {status} with a body that is no JSON object: {why}", _rest(headers, now))
    if status == 200 and type(response) is int and response == 1:
        return Accepted(_ids(content.get("ids")))
    return Rejected(printable(f"HTTP {status} {_shown(response)}"))


def by_the_clock(trouble: Passing, wall: float, clock_ok: bool) -> Passing:
    """The same, where a certificate's dates are the trouble: whose clock or certificate has to be mended; `wall` is in UNIX seconds."""
    if trouble.certificate is None:
        return trouble
    if clock_ok:
        return replace(trouble, why=f"the endpoint's TLS certificate is {trouble.certificate}: ask the partner to mend it")
    why = f"the endpoint's TLS certificate is {trouble.certificate} on {formatdate(wall, usegmt=True)}, which this gateway believes it is"
    return replace(trouble, why=f"{why}, but its clock is not set: mend that first (NTP, or a real-time clock)")


def spoken_at(headers: Mapping[str, str]) -> float | None:
    """The endpoint's own clock by its `Date` header, UNIX seconds."""
    return _http_date(headers.get("Date", ""))


def _content(body: bytes) -> tuple[object, str]:
    """What it says, or why it says nothing."""
    if len(body) > LONGEST_ANSWER:
        return None, f"longer than {LONGEST_ANSWER} octets"
    try:
        return strict.read(body), "another kind of value"
    except ValueError as error:
        # Some error bodies are the bare name.
        bare = re.fullmatch(rb"\s*([A-Z][A-Z_]{2,63})\s*", body)
        return {"response": bare[1].decode("ascii")} if bare else None, printable(str(error))


def _shown(response: object) -> str:
    # Inner values may be nested deeper than json.dumps can go.
    if isinstance(response, dict | list):
        return "an object" if isinstance(response, dict) else "an array"
    return json.dumps(response)


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
    found: dict[str, int | None] = {}
    unclear = set()
    for key, ident in pairs:
        number = f"+{key.removeprefix('+')}"
        if ident is not None and not (type(ident) is int and 0 <= ident <= LARGEST_ID):
            continue
        if found.setdefault(number, ident) != ident:
            # With and without `+`, and not the same: the list is accepted all the same, the id is not known.
            unclear.add(number)
    return {number: ident for number, ident in found.items() if number not in unclear}


def _rest(headers: Mapping[str, str], now: float | None) -> float | None:
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return min(float(text), LONGEST_REST)
    until = _http_date(text)
    if until is None:
        return None
    # A Pi's clock may be wrong; the endpoint's two times agree with each other.
    spoken = spoken_at(headers)
    since = now if spoken is None else spoken
    return USUAL_REST if since is None else min(max(until - since, 0.0), LONGEST_REST)


def _http_date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def printable(text: str) -> str:
    """A foreign text for one line of a log or terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:300])


T = TypeVar("T")


def bisect(numbers: Sequence[T]) -> Generator[Sequence[T], bool, tuple[T, ...]]:
    """The guilty ones of a refused list: yields lists to test, is sent whether each is taken. None is convicted by inference.

    Every part that is looked into costs two questions at most, and lies on the way to a guilty one: k guilty of n cost at most
    2 max(k, 1) ceil(log2 n) + 1 questions. Whatever is answered, there are not more than n - 1 parts: at most 2 n - 1 questions.
    """
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
