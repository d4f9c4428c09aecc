"""Which country a number is sold as: the calling code of ITU-T E.164, or the partner's own id for the region whose plan has the number."""

from collections.abc import Mapping

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from agent.sim.identity import Iccid, Msisdn, Plmn
from agent.sim.numbering import region_of
from agent.slots.listing import Listing
from agent.sync.request import Endpoint, Secret, body

# ITU-T E.164, assigned country codes, with the ISO 3166-1 code of every region that uses one (243 of Wikipedia's list, 2026, and PS, VA).
CALLING_CODES = """
AC247 AD376 AE971 AF93 AG1 AI1 AL355 AM374 AO244 AR54 AS1 AT43 AU61 AW297 AX358 AZ994 BA387 BB1 BD880 BE32 BF226 BG359 BH973 BI257 BJ229
BL590 BM1 BN673 BO591 BQ599 BR55 BS1 BT975 BW267 BY375 BZ501 CA1 CC61 CD243 CF236 CG242 CH41 CI225 CK682 CL56 CM237 CN86 CO57 CR506 CU53
CV238 CW599 CX61 CY357 CZ420 DE49 DJ253 DK45 DM1 DO1 DZ213 EC593 EE372 EG20 EH212 ER291 ES34 ET251 FI358 FJ679 FK500 FM691 FO298 FR33
GA241 GB44 GD1 GE995 GF594 GG44 GH233 GI350 GL299 GM220 GN224 GP590 GQ240 GR30 GT502 GU1 GW245 GY592 HK852 HN504 HR385 HT509 HU36 ID62
IE353 IL972 IM44 IN91 IO246 IQ964 IR98 IS354 IT39 JE44 JM1 JO962 JP81 KE254 KG996 KH855 KI686 KM269 KN1 KP850 KR82 KW965 KY1 KZ7 LA856
LB961 LC1 LI423 LK94 LR231 LS266 LT370 LU352 LV371 LY218 MA212 MC377 MD373 ME382 MF590 MG261 MH692 MK389 ML223 MM95 MN976 MO853 MP1
MQ596 MR222 MS1 MT356 MU230 MV960 MW265 MX52 MY60 MZ258 NA264 NC687 NE227 NF672 NG234 NI505 NL31 NO47 NP977 NR674 NU683 NZ64 OM968 PA507
PE51 PF689 PG675 PH63 PK92 PL48 PM508 PR1 PS970 PT351 PW680 PY595 QA974 RE262 RO40 RS381 RU7 RW250 SA966 SB677 SC248 SD249 SE46 SG65 SH290
SI386 SJ47 SK421 SL232 SM378 SN221 SO252 SR597 SS211 ST239 SV503 SX1 SY963 SZ268 TA290 TC1 TD235 TG228 TH66 TJ992 TK690 TL670 TM993
TN216 TO676 TR90 TT1 TV688 TW886 TZ255 UA380 UG256 US1 UY598 UZ998 VA39 VC1 VE58 VG1 VI1 VN84 VU678 WF681 WS685 XK383 YE967 YT262 ZA27
ZM260 ZW263
"""
CALLING_CODE = {word[:2]: int(word[2:]) for word in CALLING_CODES.split()}
OWN_ID = 9001
# Their mobiles cannot be told from those of the country whose plan they use.
WITHIN = {"VA": "IT", "IM": "GB", "SJ": "NO", "CC": "AU", "CX": "AU", "EH": "MA", "AX": "FI", "BL": "GP", "MF": "GP"}


def example(region: str) -> Msisdn:
    number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE) or phonenumbers.example_number(region)
    assert number is not None
    return Msisdn(phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+"), CALLING_CODE[region])


def sold_as(msisdn: Msisdn, country_ids: Mapping[str, int], plmn: Plmn | None = None) -> object:
    listing = Listing("rack1-01", Iccid("8944200053671052499"), msisdn, plmn)
    endpoint = Endpoint("https://partner.example", Secret("key"), "rack1", country_ids=country_ids)
    numbers = body([listing], endpoint, {}, with_date_start=False)["numbers"]
    assert isinstance(numbers, list)
    return numbers[0]["country_id"]


def test_the_list_of_calling_codes_is_whole() -> None:
    assert CALLING_CODE.keys() == phonenumbers.SUPPORTED_REGIONS
    assert len(set(CALLING_CODE.values())) == 206


@pytest.mark.parametrize("region", sorted(CALLING_CODE))
def test_every_regions_number_is_sold_under_its_calling_code_or_the_partners_id(region: str) -> None:
    msisdn, home = example(region), WITHIN.get(region, region)
    assert sold_as(msisdn, {}) == CALLING_CODE[region]
    assert sold_as(msisdn, {home: OWN_ID}) == OWN_ID
    others = {other: OWN_ID for other in CALLING_CODE if other != home}
    assert sold_as(msisdn, others) == CALLING_CODE[region]


@pytest.mark.parametrize(
    ("digits", "code", "region"),
    [
        ("16042345678", 1, "CA"),
        ("12025550123", 1, "US"),
        ("18763123456", 1, "JM"),
        ("77012345678", 7, "KZ"),
        ("79161234567", 7, "RU"),
        ("79407123456", 7, "RU"),  # Abkhazia: its plan is Russia's
        ("447400123456", 44, "GB"),
        ("447797712345", 44, "JE"),
        ("447781123456", 44, "GG"),
        ("393123456789", 39, "IT"),
        ("390669812345", 39, "VA"),
        ("4740612345", 47, "NO"),
        ("4779123456", 47, "SJ"),
        ("61891621234", 61, "CC"),
        ("61891641234", 61, "CX"),
        ("262692123456", 262, "RE"),
        ("262639012345", 262, "YT"),
        ("35818123456", 358, "AX"),
        ("590690001234", 590, "GP"),
        ("59995181234", 599, "CW"),
        ("5993181234", 599, "BQ"),
        ("883510012345678", 883, None),  # international networks, no country
    ],
)
def test_a_shared_calling_code_is_told_apart_by_the_plan(digits: str, code: int, region: str | None) -> None:
    assert region_of(Msisdn(digits, code)) == region


@pytest.mark.parametrize(
    ("digits", "code", "mcc", "region"),
    [
        ("447700900123", 44, None, None),  # possible, and in no plan: one of four
        ("447700900123", 44, "234", "GB"),
        ("76012345678", 7, "401", "KZ"),
        ("76012345678", 7, "250", "RU"),
        ("16425550123", 1, "302", "CA"),  # an area code of tomorrow
        ("16425550123", 1, "338", "JM"),
        ("590999999999", 590, "340", "GP"),
        ("16425550123", 1, "262", None),  # a German SIM says nothing about +1
        ("16425550123", 1, "901", None),
        ("16042345678", 1, "310", "CA"),  # what a plan has does not follow the SIM
        ("8619012345", 86, None, "CN"),  # the only country of its code
        ("8619012345", 86, "250", "CN"),
    ],
)
def test_a_range_that_no_plan_has_belongs_to_the_home_country_if_that_shares_the_code(
    digits: str, code: int, mcc: str | None, region: str | None
) -> None:
    assert region_of(Msisdn(digits, code), mcc) == region


def test_the_partner_is_told_the_id_of_a_new_range_too() -> None:
    number = Msisdn("447700900123", 44)
    assert sold_as(number, {"GB": OWN_ID}) == 44
    assert sold_as(number, {"GB": OWN_ID}, Plmn("234", "15")) == OWN_ID
    assert sold_as(number, {"JE": OWN_ID}, Plmn("234", "15")) == 44
