"""Elementary files of the card, read through +CRSM (TS 27.007 8.18). Pure."""

from agent.at.dialog import Answer, Command
from agent.at.values import Crsm, ef_ad_mnc_length, ef_msisdn, record_length
from agent.modems.greet import Talk
from agent.modems.notes import Profile

_LIMIT = 20.0  # seconds: some modems take ten for the first file
_EF_AD = Command("AT+CRSM=176,28589,0,0,4", prefix="+CRSM:", timeout=_LIMIT)
_EF_MSISDN = 28480  # 6F40
_USUAL_LENGTHS = (28, 30, 32, 34)


def mnc_length(profile: Profile) -> Talk[int | None]:
    """Digits of the MNC by EF_AD (TS 31.102 4.2.18): 2, 3, or None when the card does not say."""
    answer = yield profile.timed(_EF_AD)
    found = crsm(answer)
    return ef_ad_mnc_length(found.octets) if found and found.ok else None


def msisdn(profile: Profile) -> Talk[tuple[str, int | None] | None]:
    """Digits and TON/NPI of record 1 of EF_MSISDN, the one with display priority (TS 31.102 4.2.26)."""
    size = 255 if "get_response_255" in profile.quirks else 15
    answer = yield profile.timed(Command(f"AT+CRSM=192,{_EF_MSISDN},0,0,{size}", prefix="+CRSM:", timeout=_LIMIT))
    described = crsm(answer)
    if described is None:
        return None
    length = record_length(described.octets) if described.ok else None
    for guess in (length,) if length else _USUAL_LENGTHS:
        answer = yield profile.timed(Command(f"AT+CRSM=178,{_EF_MSISDN},1,4,{guess}", prefix="+CRSM:", timeout=_LIMIT))
        record = crsm(answer)
        if record is not None and record.ok:
            return ef_msisdn(record.octets)
    return None


def crsm(answer: Answer) -> Crsm | None:
    """The status words and octets of a +CRSM answer; None when the modem refused the command."""
    return Crsm.parse(answer.lines[0]) if answer.ok and answer.lines else None
