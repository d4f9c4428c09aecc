"""Firmware notes: prose for people, and front matter that the agent can rely on."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import NoteError
from agent.modems.library import shipped
from agent.modems.notes import choose, parse_note

PROFILES = {profile.name: profile for profile in shipped().profiles}
GOOD = """+++
name = "bench"
quirks = ["get_response_255"]
setup = ["AT+CURC=0"]

[usb]
"2c7c:0125" = [2, 3]
"1e0e:9001" = [2]

[match]
manufacturer = "acme"
model = "^X1"

[[iccid]]
send = "AT+CCID"
prefix = ["+CCID:", ""]
timeout = 5

[[iccid]]
send = "AT+CRSM=176,12258,0,0,10"
prefix = ["+CRSM:"]
timeout = 20
decoder = "ef_iccid"

[hot_swap]
report = ["AT+SWAP=1"]
hints = [
    '\\+SWAP: [01]',
]
urcs = ['RDY$']
+++

# A modem of the bench

name = "prose", model = "prose", timeout = -1
"""


def refused(text: str, name: str = "bench") -> str:
    with pytest.raises(NoteError) as caught:
        parse_note(name, text)
    return str(caught.value)


def test_a_good_note_becomes_the_profile_that_it_describes() -> None:
    profile = parse_note("bench", GOOD)
    assert profile.usb == {"2c7c:0125": (2, 3), "1e0e:9001": (2,)}
    assert [(ask.send, ask.prefix, ask.timeout, ask.decoder) for ask in profile.iccid] == [
        ("AT+CCID", ("+CCID:", ""), 5.0, "iccid"),
        ("AT+CRSM=176,12258,0,0,10", ("+CRSM:",), 20.0, "ef_iccid"),
    ]
    assert profile.setup == ("AT+CURC=0", "AT+SWAP=1")
    assert (profile.hints, profile.urcs) == ((r"\+SWAP: [01]",), (r"\+SWAP: [01]", "RDY$"))
    assert profile.quirks == {"get_response_255"}


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ('name = "bench"', 'name = "other"', 2, "name"),
        ('name = "bench"', "name = 7", 2, "name"),
        ('name = "bench"', "", 1, "name"),
        ('"get_response_255"', '"hums"', 3, "quirks"),
        ('["get_response_255"]', '"get_response_255"', 3, "quirks"),
        ('["AT+CURC=0"]', '"AT+CURC=0"', 4, "setup"),
        ('"AT+CURC=0"', '"CURC"', 4, "setup"),
        ('"AT+CURC=0"', '"AT+CURC=0\\rATD1;"', 4, "setup"),
        ('"2c7c:0125"', '"2C7C:0125"', 7, "usb.2C7C:0125"),
        ('"1e0e:9001" = [2]', '"1e0e:9001" = 2', 8, "usb.1e0e:9001"),
        ('"1e0e:9001" = [2]', '"1e0e:9001" = [true]', 8, "usb.1e0e:9001"),
        ('"1e0e:9001" = [2]', '"1e0e:9001" = [-1]', 8, "usb.1e0e:9001"),
        ('"1e0e:9001" = [2]', '"1e0e:9001" = ["2"]', 8, "usb.1e0e:9001"),
        ("[match]", "[matches]", 10, "matches"),
        ('manufacturer = "acme"', 'maker = "acme"', 11, "match.maker"),
        ('manufacturer = "acme"', 'name = "acme"', 11, "match.name"),
        ('manufacturer = "acme"', "manufacturer = 5", 11, "match.manufacturer"),
        ('"^X1"', '"^(X1"', 12, "match.model"),
        ('"^X1"', '"X*"', 12, "match.model"),
        ('send = "AT+CCID"', "", 14, "iccid.send"),
        ('send = "AT+CCID"', 'send = "+CCID"', 15, "iccid.send"),
        ('prefix = ["+CCID:", ""]', 'prefix = "+CCID:"', 16, "iccid.prefix"),
        ('prefix = ["+CCID:", ""]', "prefix = []", 16, "iccid.prefix"),
        ('prefix = ["+CCID:", ""]', "", 14, "iccid.prefix"),
        ("timeout = 5", "timeout = 0", 17, "iccid.timeout"),
        ("timeout = 5", "timeout = true", 17, "iccid.timeout"),
        ("timeout = 5", "timeout = nan", 17, "iccid.timeout"),
        ('prefix = ["+CRSM:"]', "prefix = [1]", 21, "iccid.prefix"),
        ("timeout = 20", "timeout = 181", 22, "iccid.timeout"),
        ("timeout = 20", 'timeout = "20"', 22, "iccid.timeout"),
        ('"ef_iccid"', '"rot13"', 23, "iccid.decoder"),
        ('decoder = "ef_iccid"', 'dekoder = "ef_iccid"', 23, "iccid.dekoder"),
        ('report = ["AT+SWAP=1"]', "report = [1]", 26, "hot_swap.report"),
        ('report = ["AT+SWAP=1"]', 'reports = ["AT+SWAP=1"]', 26, "hot_swap.reports"),
        ("'\\+SWAP: [01]'", "'+SWAP: [01]'", 27, "hot_swap.hints"),
        ("'\\+SWAP: [01]'", "''", 27, "hot_swap.hints"),
        ("'\\+SWAP: [01]'", "'(RDY)?'", 27, "hot_swap.hints"),
        ("'RDY$'", "'(RDY'", 30, "hot_swap.urcs"),
    ],
)
def test_what_is_wrong_is_refused_with_file_line_and_key(old: str, new: str, line: int, key: str) -> None:
    assert GOOD.count(old) >= 1
    assert refused(GOOD.replace(old, new, 1)).startswith(f"firmware-notes/bench.md:{line}: {key}: ")


@pytest.mark.parametrize("key", ["usb", "match", "hot_swap"])
def test_a_table_that_is_none_is_refused(key: str) -> None:
    text = f'+++\nname = "bench"\n{key} = 1\n[[iccid]]\nsend = "ATI"\nprefix = [""]\n+++\n'
    assert refused(text).startswith(f"firmware-notes/bench.md:3: {key}: ")


@pytest.mark.parametrize("asks", ["", "iccid = []", "iccid = 1", "iccid = [1]", 'iccid = ["AT+CCID"]', "[iccid]\nsend = 'ATI'"])
def test_a_note_must_say_how_the_iccid_is_read(asks: str) -> None:
    assert ": iccid: " in refused(f'+++\nname = "bench"\n{asks}\n+++\n')


@pytest.mark.parametrize(("text", "line"), [("name = ", 2), ('name = "bench"\nname = "bench"', 3), ('name = "bench"\n[usb]\n!', 4)])
def test_broken_toml_is_refused_with_its_line(text: str, line: int) -> None:
    assert refused(f"+++\n{text}\n+++\n").startswith(f"firmware-notes/bench.md:{line}: the front matter is no TOML")


@pytest.mark.parametrize("text", ["", "# A modem\n", "+++\nname = 'bench'\n", "---\nname: bench\n---\n", "\n+++\n+++\n"])
def test_a_note_without_front_matter_is_refused(text: str) -> None:
    assert refused(text).startswith("firmware-notes/bench.md:1: no front matter")


@pytest.mark.filterwarnings("ignore::FutureWarning")  # of re, for patterns that nobody would write
@given(st.data())
def test_a_note_with_a_wrong_letter_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, GOOD.rindex("+++")))
    said = ""
    try:
        parse_note("bench", GOOD[:at] + data.draw(st.text(max_size=2)) + GOOD[at + 1 :])
    except NoteError as error:
        said = str(error)
    assert not said or re.match(r"firmware-notes/bench\.md:\d+: ", said)


# -- the shipped notes --


def test_the_shipped_notes_are_these_and_the_generic_one() -> None:
    assert PROFILES.keys() >= {"generic", "quectel-ec25", "simcom-sim7600"}
    assert all(ask.timeout >= 5 for profile in PROFILES.values() for ask in profile.iccid)
    assert all(any(ask.decoder == "ef_iccid" for ask in profile.iccid) for profile in PROFILES.values() if profile.at)


@pytest.mark.parametrize("setup", sorted({text for profile in PROFILES.values() for text in profile.setup}))
def test_no_shipped_note_changes_what_the_modem_keeps_over_a_restart(setup: str) -> None:
    reports = r"\+QSIMSTAT=1|\+CSMINS=1|#QSS=2|\+XSIMSTATE=1|\+USIMSTAT=1|\^SCKS=1|\^SIND=\"sim(status|local)\",1"
    assert re.fullmatch(rf"AT({reports}|\+QURCCFG=.*)", setup)


@pytest.mark.parametrize(
    ("manufacturer", "model", "name"),
    [
        ("Quectel", "EC25", "quectel-ec25"),
        ("QUECTEL", "ec21", "quectel-ec25"),
        ("Quectel", "EC25EFAR02A09M4G", "quectel-ec25"),
        ("Quectel", "EG25-G", "quectel-ec25"),
        ("Quectel", "EP06", "quectel-ec25"),
        ("Quectel", "EG95", "quectel-ec25"),
        ("SIMCOM INCORPORATED", "SIMCOM_SIM7600E", "simcom-sim7600"),
        ("SIMCOM INCORPORATED", "SIM7600E-H", "simcom-sim7600"),
        ("SIMCOM INCORPORATED", "simcom_sim7500e", "simcom-sim7600"),
        ("Quectel", "EG12", "quectel-ec25"),
        ("Quectel", "RM500Q-GL", "quectel-ec25"),
        # One maker, other chips: other ports and codes.
        ("Quectel", "BG96", "quectel-bg96"),
        ("Quectel", "BG95-M3", "quectel-bg96"),
        ("Quectel", "EC200U", "quectel-ec200"),
        ("Quectel", "EC200S", "quectel-ec200"),
        ("Quectel", "EG915U", "quectel-ec200"),
        ("Quectel", "EG912Y", "quectel-ec200"),
        ("Quectel", "UC20", "quectel-uc20"),
        ("Quectel_Ltd", "Quectel_M95", "quectel-m95"),
        ("Quectel", "M26", "quectel-m95"),
        ("SIMCOM_Ltd", "SIMCOM_SIM800", "simcom-sim800"),
        ("SIM800 R14.18", "SIM800 R14.18", "simcom-sim800"),
        ("SIMCOM_Ltd", "SIMCOM_SIM900", "simcom-sim800"),
        ("SIMCOM_Ltd", "SIMCOM_SIM7000E", "simcom-sim7000"),
        ("SIMCOM INCORPORATED", "SIM7080G", "simcom-sim7000"),
        ("SIMCOM INCORPORATED", "A7670E-FASE", "simcom-a76xx"),
        ("SIMCOM INCORPORATED", "SIMCOM_A7600C", "simcom-a76xx"),
        ("SIMCOM INCORPORATED", "SIMCOM_SIM5320E", "simcom-sim5320"),
        ("huawei", "E3372", "huawei-e3372"),
        ("huawei", "K3765", "huawei-e3372"),
        ("Huawei Technologies Co., Ltd.", "ME909s-120", "huawei-me909"),
        ("huawei", "MU736", "huawei-me909"),
        ("ZTE INCORPORATED", "MF190", "zte-mf190"),
        ("ZTE CORPORATION", "MF823", "zte-mf823"),
        ("Sierra Wireless, Incorporated", "MC7455", "sierra-mc7455"),
        ("Sierra Wireless, Incorporated", "EM7511", "sierra-mc7455"),
        ("Sierra Wireless", "HiLo", "sierra-hilo"),
        ("Telit", "LE910C1-EU", "telit-le910"),
        ("Telit", "ME910C1-WW", "telit-le910"),
        ("Telit", "HE863-EUD", "telit-he863"),
        ("u-blox", "SARA-U201", "ublox-sara"),
        ("u-blox", "TOBY-L210", "ublox-sara"),
        ("Cinterion", "PHS8-P", "cinterion-phs8"),
        ("SIEMENS", "TC35i", "cinterion-phs8"),
        ("SIEMENS", "MC75", "cinterion-phs8"),
        ("Fibocom Wireless Inc.", "L850-GL", "fibocom-l850"),
        ("NEOWAY", "N720", "neoway-n720"),
        ("AirM2M", "Air780E", "air780e"),
        ("CMCC", "ML307R", "air780e"),
        # Nobody's.
        ("Quectel", "EC2100", "generic"),
        ("SIMCOM INCORPORATED", "SIM8202G", "generic"),
        ("Acme", "MC7455", "generic"),
        ("", "", "generic"),
        ("Acme", "EC25", "generic"),
    ],
)
def test_a_modem_is_known_by_the_names_it_gives(manufacturer: str, model: str, name: str) -> None:
    assert choose(PROFILES.values(), manufacturer, model).name == name
    assert choose(reversed(PROFILES.values()), manufacturer, model).name == name


def test_without_a_generic_note_an_unknown_modem_is_refused() -> None:
    with pytest.raises(NoteError, match=r"generic\.md"):
        choose([PROFILES["quectel-ec25"]], "huawei", "E3372")


CPIN = ["+CPIN: READY", "+CPIN: NOT READY", "+CPIN: NOT INSERTED", "+CPIN: SIM PIN", "+CPIN: SIM PUK"]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        *((name, line) for name, profile in PROFILES.items() if profile.at for line in CPIN),
        *(("quectel-ec25", f"+QSIMSTAT: {on},{inserted}") for on in (0, 1) for inserted in (0, 1, 2)),
        ("quectel-ec25", "+QSIMSTAT : 1,0"),
        ("quectel-ec25", "+QUSIM: 1"),
        ("simcom-sim7600", "+SIMCARD: NOT AVAILABLE"),
        ("simcom-sim7600", "+CPIN: SIM REMOVED"),
        ("generic", "+CPIN: SIM REMOVED"),
        ("generic", "+CSMINS: 1,0"),
        ("generic", "+SIM: Inserted"),
        ("generic", "+SIM: Removed"),
        ("generic", "+CME ERROR: 10"),
        ("generic", "+CME ERROR: SIM not inserted"),
    ],
)
def test_what_tells_of_a_moved_card_is_a_hint(name: str, line: str) -> None:
    assert PROFILES[name].hints_at_card(line)


NOISE = r"""
RDY|+CFUN: 1|Call Ready|SMS Ready|SMS DONE|PB DONE|*ATREADY: 1|^SYSSTART|+READY|POWERED DOWN|NORMAL POWER DOWN
UNDER-VOLTAGE WARNNING|+QIND: "csq",20,99|^RSSI: 17|^RSSILVL: 3|^MODE: 5,4|^DSFLOWRPT: 0,0,0,0,0,0,0
^HCSQ: "LTE",50,40,90,20|^BOOT: 1,0,0,0,75|^CSNR: -90,-8|^STIN: 7,0,0|^NDISSTAT: 1,,,"IPV4"|^LTERSRP: -90,-8|^LWURC: 1
^CCALLSTATE: 1|^ANLEVEL: 3|+ZDONR: "x",262,1,"CS_PS","ROAM_OFF"|+ZPASR: "LTE"|+ZEND|^SCN: 1|*EBCA: 1|RING|NO CARRIER
+CREG: 1|+CEREG: 2,"1F00","79D903",7|+CMTI: "SM",1|+CUSD: 0|+CME ERROR: 100|OK|ERROR|AT+CPIN?|x+CPIN: READY|
"""


@pytest.mark.parametrize("line", NOISE.strip().replace("\n", "|").split("|"))
def test_noise_is_no_hint(line: str) -> None:
    assert [name for name, profile in PROFILES.items() if profile.hints_at_card(line)] == []
