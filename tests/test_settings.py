"""The configuration file as OUTSIDE of the product promises it: what is read, and how what is wrong is told."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.ports import Wiring
from agent.settings.file import check, find, load, load_local
from agent.settings.keys import KEYS

KEY = "k3y-of-the-partner"
ICCID = "8944200053671052499"
WHOLE = f"""
recovery = {{ resets_per_hour = 7 }}
metrics = {{ listen = 9477, textfile = "simgate.prom" }}
store = {{ path = "simgate.db" }}
[gateway]
id = "rack1"
led = {{ r = "GPIO22", g = "GPIO23", b = "chip1:5" }}
led_active = "low"
[endpoint]
url = "https://partner.example"
api_key_file = "api.key"
interval = 300
number_format = "digits"
operator_code = "imsi5"
rent = 1
price = 2.5
country_ids = {{ KZ = 997 }}
allow_http = false
[control]
socket = "/run/simgate/control.sock"
[rack]
columns = 4
[board]
kind = "mock"
[sale]
require_registration = false
[timing]
settle = 0.25
startup = 0
lease = 40
poll = 10
registered = 7
[[slot]]
name = "rack1-01"
usb = "1-1.2"
presence = "GPIO17"
presence_active = "high"
led = "GPIO5"
power = "GPIO24"
power_active = "low"
port_power = false
led_active = "low"
[[slot]]
name = "rack1-02"
tty = "/dev/ttyUSB2"
rent = 0
price = 3
[[card]]
iccid = "{ICCID}"
number = "+447700900123"
pin = "1234"
[[ussd]]
plmn = "23415"
code = "*#100#"
pattern = "number is ([0-9]+)"
"""
LEAST = '[gateway]\nid = "r"\n[endpoint]\nurl = "https://h"\n'
SLOT = '[[slot]]\nname = "a"\nusb = "1-1"\n'
Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    (tmp_path / "api.key").write_text(f"  {KEY}\r\n")

    def put(text: str | bytes) -> Path:
        path = tmp_path / "simgate.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return put


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_local(path)
    line = str(caught.value)
    assert caught.value.exit_code == 78
    assert line.startswith(f"{path}: ")
    assert "\n" not in line
    assert check(path)[0] == line
    return line.removeprefix(f"{path}: ")


def test_a_whole_file_is_read(write: Write) -> None:
    path = write(WHOLE)
    found = load(path, {})
    assert (found.file, found.gateway, found.board) == (path, "rack1", "mock")
    assert (found.store, found.control) == (path.parent / "simgate.db", Path("/run/simgate/control.sock"))
    assert (found.timing.settle, found.timing.startup, found.timing.lease, found.timing.poll) == (0.25, 0, 40, 10)
    assert (found.timing.registered, found.require_registration, found.resets_per_hour, found.columns) == (7, False, 7, 4)
    assert (found.endpoint.url, found.endpoint.gateway, found.endpoint.interval) == ("https://partner.example", "rack1", 300)
    assert (found.endpoint.number_format, found.endpoint.operator_code) == ("digits", "imsi5")
    assert found.endpoint.country_ids == {"KZ": 997}
    assert found.endpoint.api_key.reveal() == KEY


def test_a_slot_has_its_wiring_and_terms_or_those_of_the_endpoint(write: Write) -> None:
    first, second = load_local(write(WHOLE)).slots
    assert first.wiring == Wiring("rack1-01", "1-1.2", None, "GPIO17", "high", "GPIO5", "low", "GPIO24", "low")
    assert second.wiring == Wiring("rack1-02", tty="/dev/ttyUSB2")
    assert (first.rent, first.price, second.rent, second.price) == (1, 2.5, 0, 3)


def test_what_the_owner_knows_of_a_card_is_read_and_hidden(write: Write) -> None:
    found = load(write(WHOLE), {})
    (card,) = found.cards
    assert (card.iccid.digits, str(card.number)) == (ICCID, "+447700900123")
    assert card.pin is not None
    assert card.pin.reveal() == "1234"
    assert not any(secret in repr(found) for secret in (ICCID, '"1234"', "'1234'", KEY))


def test_what_is_absent_has_the_promised_default(write: Write) -> None:
    found = load_local(write(LEAST + SLOT))
    assert found.timing == type(found.timing)()
    assert (found.timing.settle, found.timing.startup, found.timing.lease, found.timing.poll) == (0.5, 60, 30, 8)
    assert (found.timing.registered, found.require_registration, found.ussd) == (5, True, ())
    assert (found.store, found.control) == (Path("/var/lib/simgate/simgate.db"), Path("/run/simgate/control.sock"))
    assert (found.board, found.endpoint.interval, found.cards) == ("pi", 300, ())
    assert (found.slots[0].rent, found.slots[0].price) == (0, None)
    assert (found.endpoint.number_format, found.endpoint.operator_code, dict(found.endpoint.country_ids)) == ("plus", "mcc_mnc", {})


def test_this_file_names_every_key() -> None:
    whole = tomllib.loads(WHOLE)
    written = {name: set().union(*table) if isinstance(table, list) else set(table) for name, table in whole.items()}
    assert written == {name: set(keys) for name, keys in KEYS.items()}


def test_the_file_is_the_option_the_variable_or_the_usual_one() -> None:
    assert find("a.toml", {"SIMGATE_CONFIG": "b.toml"}) == Path("a.toml")
    assert find(None, {"SIMGATE_CONFIG": "b.toml"}) == Path("b.toml")
    assert find(None, {}) == Path("/etc/simgate/simgate.toml")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("settle = 0.25", "settel = 0.25", 'timing.settel: unknown key; did you mean "settle"?'),
        ("[board]", "[bord]", 'bord: unknown key; did you mean "board"?'),
        ('led = "GPIO5"', 'lde = "GPIO5"', '[[slot]] "rack1-01" lde: unknown key; did you mean "led"?'),
        ('pin = "1234"', 'pim = "1234"', '[[card]] 1 pim: unknown key; did you mean "pin"?'),
        ('pin = "1234"', '"a\\nb" = "1234"', "[[card]] 1 'a\\nb': unknown key; known here: iccid, number, pin"),
        ('id = "rack1"', "id = 1", "gateway.id = 1: is an integer, not text; write it in quotes"),
        ('id = "rack1"', 'id = "rack 1"', "gateway.id = 'rack 1': is no plain word; write 1 to 99"),
        ('id = "rack1"', "", "gateway.id: missing; add it"),
        ("https://", "ftp://", "endpoint.url = 'ftp://partner.example': is no http or https URL with a host; write it like"),
        ("partner.example", "", "endpoint.url = 'https://': is no http"),
        ("partner.example", "[::1", "endpoint.url = 'https://[::1': is no http"),
        ("partner.example", "partner..example", "endpoint.url = 'https://partner..example': is no http"),
        ("partner.example", f"{'a' * 64}.example", "endpoint.url: is no http"),
        ("partner.example", "h:99999", "endpoint.url = 'https://h:99999': is no http"),
        ("partner.example", "partner.example/?a=1", "endpoint.url = 'https://partner.example/?a=1': has a query"),
        ("partner.example", "me:word@partner.example", "endpoint.url: holds a user or a password; take it out"),
        ("interval = 300", "interval = 0", "endpoint.interval = 0: is out of range; write 1 to 86400"),
        ("interval = 300", "interval = nan", "endpoint.interval = nan: is out of range"),
        ("interval = 300", "interval = true", "endpoint.interval = True: is true or false, not a number; write one from 1"),
        ("interval = 300", 'interval = "300"', "endpoint.interval = '300': is text, not a number"),
        ('"digits"', '"digit"', "endpoint.number_format = 'digit': is none of plus, digits; did you mean \"digits\"?"),
        ('"imsi5"', "5", "endpoint.operator_code = 5: is none of mcc_mnc, imsi5; known here: mcc_mnc, imsi5"),
        ("rent = 1", "rent = true", "endpoint.rent = True: is true or false, not an integer"),
        ("rent = 1", "rent = 2", "endpoint.rent = 2: is out of range; write 0 to 1"),
        ("price = 2.5", "price = -1", "endpoint.price = -1: is out of range"),
        ("price = 2.5", "price = 2026-01-01", "endpoint.price: is a date or time, not a number"),
        ("KZ = 997", 'KZ = "997"', "endpoint.country_ids: has no integer from 1 to 1000000000 for KZ; write it like { KZ = 997 }"),
        ("KZ = 997", "kz = 997", "endpoint.country_ids: has 'kz', which is no ISO 3166 region; write two capital"),
        ("{ KZ = 997 }", "7", "endpoint.country_ids = 7: is an integer, not a table"),
        ("allow_http = false", "allow_http = 1", "endpoint.allow_http = 1: is an integer, not true or false"),
        ("https://", "http://", "endpoint.url = 'http://partner.example': is http: whoever sits on the way could read the API key"),
        ('"simgate.db"', "[]", "store.path: is an array, not text"),
        ("/run/simgate/", "/run/" + "s" * 100, "control.socket: is longer than the 107 octets"),
        ('"mock"', '"mok"', "board.kind = 'mok': is none of pi, mock; did you mean \"mock\"?"),
        ("settle = 0.25", "settle = 61", "timing.settle = 61: is out of range; write 0 to 60"),
        ("startup = 0", "startup = -1", "timing.startup = -1: is out of range"),
        ("lease = 40", "lease = 10", "timing.lease = 10.0: is not longer than timing.poll = 10; "),
        ('"rack1-01"', '""', "[[slot]] \"\" name = '': has 0 characters; write 1 to 99"),
        ('"rack1-01"', f'"{"n" * 100}"', "has 100 characters; write 1 to 99"),
        ('"rack1-01"', '"a\\tb"', "holds a control character"),
        ('name = "rack1-01"', "", "[[slot]] 1 name: missing; add it"),
        ('"1-1.2"', '"1.2"', '[[slot]] "rack1-01" usb = \'1.2\': is no USB topology path; write it like "1-1.2"'),
        ('"/dev/ttyUSB2"', '"ttyUSB2"', "[[slot]] \"rack1-02\" tty = 'ttyUSB2': is no absolute path; write it like"),
        ('"high"', '"hi"', '[[slot]] "rack1-01" presence_active = \'hi\': is none of low, high; did you mean "high"?'),
        ('usb = "1-1.2"', "", '[[slot]] "rack1-01" usb: the slot has neither usb nor tty; say where'),
        ('usb = "1-1.2"', 'usb = "1-1.2"\ntty = "/dev/x"', "[[slot]] \"rack1-01\" tty = '/dev/x': the slot has a usb too; keep one"),
        ('usb = "1-1.2"', 'tty = "/dev/ttyUSB2"', '"/dev/ttyUSB2": already taken by'.replace('"', "'")),
        ('"rack1-02"', '"rack1-01"', "[[slot]] 2 name = 'rack1-01': already taken by [[slot]] 1 name; give each its own"),
        (ICCID, "4" + ICCID, "[[card]] 1 iccid: this is no ICCID; "),
        ('"+447700900123"', '"07700900123"', "[[card]] 1 number = '07700900123': "),
        ('"1234"', "1234", "[[card]] 1 pin: is an integer, not text; write it in quotes"),
        ("registration = false", "registration = 0", "sale.require_registration = 0: is an integer, not true or false; write"),
        ("registered = 7", "registered = -1", "timing.registered = -1: is out of range"),
        ('plmn = "23415"', 'plmn = "234"', "[[ussd]] 1 plmn = '234': is no network; write MCC and MNC"),
        ('code = "*#100#"', 'code = "100"', "[[ussd]] 1 code = '100': is no USSD code; write it as it is dialled"),
        ('code = "*#100#"', 'code = "07911123456"', "is no USSD code"),
        ('code = "*#100#"', 'code = "**04*1234*4321*4321#"', "is no USSD code"),
        ('code = "*#100#"', 'code = "*21*07911#"', "changes the SIM, its PIN or its calls (TS 22.030); take"),
        ('code = "*#100#"', 'code = "*31#"', "changes the SIM, its PIN or its calls"),
        ("([0-9]+)", "([0-9]+", "[[ussd]] 1 pattern = 'number is ([0-9]+': is no regular expression: "),
        ("([0-9]+)", "[0-9]+", "pattern = 'number is [0-9]+': has 0 groups; put the number"),
        ('"1234"', '"123"', "[[card]] 1 pin: is no PIN; write 4 to 8 digits in quotes"),
    ],
)
def test_a_wrong_value_is_told_with_key_value_and_mend(write: Write, old: str, new: str, told: str) -> None:
    assert old in WHOLE
    line = refusal(write(WHOLE.replace(old, new, 1)))
    assert told in line
    assert not any(secret in line for secret in ("1234;", "word@", ICCID))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LEAST, "[[slot]]: there is none; write one for each place that takes a SIM"),
        (LEAST + "[slot]\nname = 'a'\n", "slot: is a table, not a list of tables; write [[slot]], in double brackets"),
        (f"slot = [3]\n{LEAST}", "[[slot]] 1: is an integer, not a table; "),
        (f"timing = 3\n{LEAST}{SLOT}", "[timing]: is an integer, not a table; "),
        (SLOT, "gateway.id: missing; add it"),
        (LEAST + SLOT + SLOT.replace('"a"', '"b"'), '[[slot]] "b" usb = \'1-1\': already taken by [[slot]] "a" usb; give each'),
        (LEAST + SLOT + f"[[card]]\niccid = '{ICCID}'\n" * 2, "[[card]] 2 iccid: already taken by [[card]] 1 iccid; give each its own"),
        ("[gateway\n", "is no TOML: Expected ']' at the end of a table declaration (at line 1, column 9); "),
        ("a = 1\na = 2\n", "is no TOML: Cannot overwrite a value (at line 2, column 6); "),
        (b"# \xe4\n", "is not UTF-8 in line 1; save it as UTF-8"),
        ("a = " + "[" * 99999, "is no TOML: "),
        ("a = " + "1" * 9999, "is no TOML: "),
    ],
)
def test_a_wrong_file_is_told_in_one_line(write: Write, text: str | bytes, told: str) -> None:
    assert refusal(write(text)).startswith(told)


@pytest.mark.parametrize(
    "code", ["**04*1*2*2#", "*21#", "*#21#", "*004*1*11*10#", "*33*0000#", "*43#", "*03*330*1*2*2#", "*61*1#", "*300#"]
)
def test_no_code_that_changes_something_is_ever_sent(write: Write, code: str) -> None:
    assert "[[ussd]] 1 code" in refusal(write(WHOLE.replace("*#100#", code)))


@pytest.mark.parametrize("code", ["*100#", "*#100#", "*123#", "*143*1#", "*1#", "*611#", "*888#", "*131*6#"])
def test_codes_that_only_ask_are_taken(write: Write, code: str) -> None:
    (rule,) = load_local(write(WHOLE.replace("*#100#", code))).ussd
    assert (str(rule.plmn), rule.code, rule.pattern) == ("23415", code, "number is ([0-9]+)")


def test_one_operator_has_one_code(write: Write) -> None:
    more = '[[ussd]]\nplmn = "23415"\ncode = "*1#"\n'
    assert "[[ussd]] 2 plmn = '23415': already taken by [[ussd]] 1 plmn" in refusal(write(WHOLE + more))


def test_one_number_on_two_cards_is_refused(write: Write) -> None:
    other = f'[[card]]\niccid = "{ICCID[:-1]}8"\nnumber = "+44 7700 900123"\n'
    assert "[[card]] 2 number = '+447700900123': already taken by [[card]] 1 number" in refusal(write(WHOLE + other))


def test_a_file_that_is_not_there_or_a_folder_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.toml") == (
        "there is no such file; begin one with `simgate config init`, or name the right one with --config or SIMGATE_CONFIG"
    )
    assert refusal(tmp_path).startswith("cannot be read: Is a directory; ")


def test_a_byte_order_mark_is_no_error(write: Write) -> None:
    assert check(write(b"\xef\xbb\xbf" + (LEAST + SLOT).encode())) == []


def test_check_tells_everything_in_one_line_each(write: Write) -> None:
    lines = check(write(WHOLE.replace("rent = 1", "rent = 9").replace('"mock"', '"moon"').replace('"1-1.2"', '"x"')))
    assert [line.split(": ")[1].split(" = ")[0] for line in lines] == ["endpoint.rent", "board.kind", '[[slot]] "rack1-01" usb']
