"""MNC length, home network and E.164 completion: pure; the tables are numbering.toml and those of plan.py, read when first asked for."""

import re
import tomllib
from functools import cache
from typing import Any

from agent.errors import IdentityError
from agent.sim.identity import Imsi, Msisdn, Plmn

INTERNATIONAL = 145  # TON international, NPI E.164: TS 24.008 10.5.4.7

# Fewer digits without a plus are a short code: nothing tells them from a subscriber number.
_SHORTEST_NATIONAL = 7
_DIALLED = re.compile(r"\+?[0-9]+")


@cache
def _tables() -> dict[str, dict[str, Any]]:
    from importlib.resources import files  # noqa: PLC0415  10 ms, and the settings import this module in every verb

    return tomllib.loads(files(__package__).joinpath("numbering.toml").read_text("utf-8"))


@cache
def _lengths() -> dict[str, int]:
    """MCC -> length of its MNCs, where there is only one."""
    words = {"two": 2, "three": 3}
    return {mcc: words[word] for word, mccs in _tables()["only"].items() for mcc in mccs.split()}


@cache
def _regions() -> dict[str, str]:
    return {mcc: region for region, mccs in _tables()["region"].items() for mcc in mccs.split()}


def _width(mnc: str, spans: str) -> int:
    """Digits of the MNC with which these begin, out of a row as `01-05 07 700-714`; 0 when none does."""
    parts = (span.partition("-") for span in spans.split())
    return next((len(first) for first, _, last in parts if first <= mnc[: len(first)] <= (last or first)), 0)


def _by_tables(mcc: str, mnc: str) -> tuple[int, str] | None:
    """What the lists of networks alone say of an MCC and the digits behind it."""
    tables = _tables()
    if _width(mnc, tables["doubtful"].get(mcc, "")):
        return None
    if only := _lengths().get(mcc):
        return only, "mcc"
    width = _width(mnc, tables["listed"].get(mcc, ""))
    return (width, "list") if width else None


def mnc_length(imsi: Imsi, ef_ad_length: int | None) -> tuple[int, str] | None:
    """(2 or 3, "ef_ad" | "mcc" | "list"), None when uncertain. `ef_ad_length`: EF_AD byte 4 (TS 31.102 4.2.18); only 2 and 3 count."""
    mcc, mnc = imsi.mcc, imsi.digits[3:]
    known = _by_tables(mcc, mnc)
    if ef_ad_length == 2:
        # Cards of three-digit networks are known to claim two digits, never the other way round.
        if _width(mnc, _tables()["ef_ad_wrong"].get(mcc, "")):
            return 3, "list"
        return known if known and known[0] == 3 else (2, "ef_ad")
    return (3, "ef_ad") if ef_ad_length == 3 else known


def home_plmn(imsi: Imsi, ef_ad_length: int | None) -> tuple[Plmn, str] | None:
    """The network that issued the card and where the length of its MNC is from, as `mnc_length`; None when uncertain."""
    if (found := mnc_length(imsi, ef_ad_length)) is None:
        return None
    length, source = found
    return Plmn(imsi.mcc, imsi.digits[3 : 3 + length]), source


def region(mcc: str) -> str | None:
    """ISO 3166-1 alpha-2 of the country that ITU-T E.212 gives the MCC; None for shared, private and unknown ones."""
    return _regions().get(mcc)


def region_of(msisdn: Msisdn, mcc: str | None = None) -> str | None:
    """ISO 3166-1 alpha-2 of the country whose plan has the number; None for international services.

    A range that no plan has yet belongs to the only country of its calling code, or to that of `mcc`, the home network's, if it shares it.
    """
    from agent.sim import plan  # noqa: PLC0415  30 ms that an import of this module should not cost

    return plan.region_of(msisdn, region(mcc) if mcc else None)


def owner_number(text: str) -> Msisdn:
    """What an owner wrote, `+447700900123`, blanks allowed; IdentityError without plus, or where no plan has such a length."""
    from agent.sim import plan  # noqa: PLC0415

    written = text.strip().replace(" ", "")
    if not (written.startswith("+") and _DIALLED.fullmatch(written)):
        raise IdentityError("this is no number in international form", "write it with a plus and the calling code, as +44 and so on")
    if (msisdn := plan.possible(written)) is None:
        raise IdentityError("no country has numbers of this calling code and length", "compare it with the contract of the SIM")
    return msisdn


def e164(digits: str, type_of_number: int | None, mcc: str | None) -> Msisdn | None:
    """The number of +CNUM or EF_MSISDN in E.164; `type_of_number` as TS 24.008 10.5.4.7, `mcc` of the home network. None = unresolved.

    With a plus or type 145 the length must fit the calling code; without, the plan of the home country decides. A plus is never put
    before a number on suspicion: a Chinese 13363729668 would become a valid mobile of the United States.
    """
    from agent.sim import plan  # noqa: PLC0415

    text = digits.strip()
    if not _DIALLED.fullmatch(text):
        return None
    if text.startswith("+") or type_of_number == INTERNATIONAL:
        return plan.possible("+" + text.removeprefix("+"))
    if len(text) < _SHORTEST_NATIONAL or mcc is None or not (homes := _homes(mcc)):
        return None
    return plan.completed(text, homes)


def home_mobile(text: str, mcc: str) -> Msisdn | None:
    """The number in a text of the network: a mobile of the home country of `mcc`, however written; None for anything else."""
    from agent.sim import plan  # noqa: PLC0415

    digits = re.sub(r"[ ()./-]", "", text)
    if not _DIALLED.fullmatch(digits) or len(digits) < _SHORTEST_NATIONAL or not (homes := _homes(mcc)):
        return None
    return plan.home_mobile(digits, homes)


def _homes(mcc: str) -> list[str]:
    """The regions where a card of this MCC may be at home."""
    home = region(mcc)
    return [home, *_tables()["region_also"].get(mcc, ())] if home else []
