"""One POST to the endpoint, except its carrying: URL, body. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from agent.sim.numbering import region_of

if TYPE_CHECKING:  # every verb reads the settings, and with them this file
    from agent.slots.listing import Listing

PATH = "/api/resellers/sendNumbersOnline"
SHORTEST = 4  # characters; shorter ones would be found anywhere


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that no log, traceback or status may show; `reveal()` gives it."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def hidden_in(self, text: str) -> str:
        """A foreign text without it, as it is, in a URL, or in JSON; a secret too short to be one is left."""
        if len(self._text) >= SHORTEST:
            for written in {self._text, quote(self._text, safe=""), json.dumps(self._text)[1:-1], self._text.replace("/", "\\/")}:
                text = text.replace(written, "***")
        return text

    def __str__(self) -> str:
        return "***"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and how numbers are listed; seconds; `country_ids` maps an ISO region to the partner's own id."""

    url: str
    api_key: Secret
    gateway: str
    interval: float = 300.0
    number_format: str = "plus"
    operator_code: str = "mcc_mnc"
    country_ids: Mapping[str, int] = field(default_factory=dict)


def url(endpoint: Endpoint) -> str:
    """The full URL; the base may end in a slash or carry the path already."""
    base = endpoint.url.rstrip("/")
    return base if base.endswith(PATH) else base + PATH


def agent_name(version: str, gateway: str) -> str:
    """The User-Agent; a gateway's name may hold what a header may not."""
    return f"simgate/{version} (+{quote(gateway, safe='')})"


def body(
    listings: Sequence["Listing"],
    endpoint: Endpoint,
    starts: Mapping[tuple[str, str], int],
    *,
    test: str | None = None,
    with_date_start: bool,
) -> dict[str, object]:
    """The JSON object of one request; `starts` maps (ICCID, `+E.164`) to the UNIX second at which the listing began."""
    numbers = [_element(listing, endpoint, starts if with_date_start else {}) for listing in listings]
    return {"numbers": numbers} if test is None else {"numbers": numbers, "test": test}


def facts(listing: "Listing", endpoint: Endpoint) -> str:
    """All that the endpoint is sent of one listing, its date apart, as one text: what it says of a number holds for these facts only."""
    return json.dumps(_element(listing, endpoint, {}), sort_keys=True, separators=(",", ":"))


def _element(listing: "Listing", endpoint: Endpoint, starts: Mapping[tuple[str, str], int]) -> dict[str, object]:
    number = str(listing.msisdn) if endpoint.number_format == "plus" else listing.msisdn.digits
    element: dict[str, object] = {
        "number": number,
        "country_id": _country_id(listing, endpoint),
        "port_id": listing.slot,
        "rent": listing.rent,
    }
    operator = _operator(listing, endpoint)
    began = starts.get((listing.iccid.digits, str(listing.msisdn)))
    optional = {"operator": operator, "price": listing.price, "date_start": began}
    return element | {key: value for key, value in optional.items() if value is not None}


def _country_id(listing: "Listing", endpoint: Endpoint) -> int:
    # Asked only where needed: the number plans cost 30 ms and several MB.
    mcc = listing.plmn.mcc if listing.plmn else None
    region = region_of(listing.msisdn, mcc) if endpoint.country_ids else None
    return endpoint.country_ids.get(region or "", listing.msisdn.calling_code)


def _operator(listing: "Listing", endpoint: Endpoint) -> int | None:
    if endpoint.operator_code == "imsi5":
        return int(listing.imsi.digits[:5]) if listing.imsi else None
    return listing.plmn.code if listing.plmn else None
