"""What the number plans of the world make of a text (libphonenumber's metadata): pure, 30 ms to import."""

import re
from collections.abc import Sequence

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

from agent.sim.identity import Msisdn

_MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
_E164_DIGITS = range(7, 16)

# Mexico dropped the 1 before mobiles in 2019; cards issued earlier still carry it.
_MEXICO_UNTIL_2019 = re.compile(r"\+521(?=[0-9]{10})")


def possible(text: str) -> Msisdn | None:
    """`+` and digits: the number, when its calling code exists and the length fits it; ranges not yet in the plan count too."""
    number = _parse(text, None)
    if number is None or phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    return _msisdn(number)


def completed(text: str, homes: Sequence[str]) -> Msisdn | None:
    """Digits without plus, regions where the card may be at home: the one number they mean, None when there is none or more than one.

    Best first: a mobile of a home plan; a mobile of a home country whose calling code is written out; the only valid reading at all.
    """
    national = [number for home in homes if (number := _valid(text, home))]
    international = [number for number in [_valid(f"+{text}", None)] if number]
    codes = {phonenumbers.country_code_for_region(home) for home in homes}
    for readings in (
        [number for number in national if _is_home_mobile(number, codes)],
        [number for number in international if _is_home_mobile(number, codes)],
        national + international,
    ):
        if found := {_msisdn(number) for number in readings}:
            return found.pop() if len(found) == 1 else None
    return None


def home_mobile(text: str, homes: Sequence[str]) -> Msisdn | None:
    """Digits, with a plus or as dialled at home: the valid mobile of one of these regions; None when it is none or several."""
    codes = {phonenumbers.country_code_for_region(home) for home in homes}
    ways = [(text, None)] if text.startswith("+") else [*((text, home) for home in homes), (f"+{text}", None)]
    readings = [number for way in ways if (number := _valid(*way))]
    found = {_msisdn(number) for number in readings if _is_home_mobile(number, codes)}
    return found.pop() if len(found) == 1 else None


def region_of(msisdn: Msisdn, home: str | None) -> str | None:
    """ISO 3166-1 alpha-2 of the country whose plan has the number; `home` when none has it and that country shares the calling code."""
    number = _parse(str(msisdn), None)
    region = phonenumbers.region_code_for_number(number) if number else None
    if region is None and home in phonenumbers.region_codes_for_country_code(msisdn.calling_code):
        return home
    return None if region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY else region


def _parse(text: str, home: str | None) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, home)
        written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        number = phonenumbers.parse(_MEXICO_UNTIL_2019.sub("+52", written))
        written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        # Each parse takes one trunk prefix off: what would still lose one is no number that anybody could dial.
        return number if phonenumbers.parse(written) == number else None
    except phonenumbers.NumberParseException:
        return None


def _valid(text: str, home: str | None) -> PhoneNumber | None:
    number = _parse(text, home)
    if number is None or not phonenumbers.is_valid_number(number):
        return None
    return _with_mobile_token(number)


def _with_mobile_token(number: PhoneNumber) -> PhoneNumber:
    """The mobile that a fixed line of Argentina may be: from abroad it has a 9 that its owner does not write."""
    code = number.country_code or 0
    token = phonenumbers.country_mobile_token(code)
    mobile = _parse(f"+{code}{token}{phonenumbers.national_significant_number(number)}", None)
    return mobile if mobile and phonenumbers.number_type(mobile) in _MOBILE else number


def _is_home_mobile(number: PhoneNumber, codes: set[int]) -> bool:
    return number.country_code in codes and phonenumbers.number_type(number) in _MOBILE


def _msisdn(number: PhoneNumber) -> Msisdn | None:
    digits = phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+")
    code = number.country_code
    return Msisdn(digits, code) if code and len(digits) in _E164_DIGITS else None
