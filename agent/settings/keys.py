"""Every key of the configuration file: how it is read, and what holds where it is absent."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from agent.errors import IdentityError
from agent.ports import Rgb
from agent.settings.reading import Key, Reader, WrongError, kind, matching, number, one_of, text, whole, yes_or_no
from agent.sim.identity import Iccid, Msisdn, Plmn
from agent.sync.request import Secret

DAY: Final = 86400
LONGEST_ID: Final = 10**9  # of an id of the partner; JSON refuses to write the longest integers
LOOPBACK: Final[Mapping[str, str]] = {"127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1", "[::1]": "::1"}
# TS 22.030 6.6 and annex B: what changes PINs, call forwarding, barring, waiting and whose number is shown.
SERVICES: Final = re.compile("0[346]|0[45]2|00[24]|21|6[1-7]|70|7[5-7]|75[0-4]|3[01357]|300|33[0-3]|35[1-3]|36[1-4]|43|88|96|214|591")

_plain = text()
_port = whole(1, 65535)
_digits = matching(r"\d{4,8}", "is no PIN", "write 4 to 8 digits in quotes")
_plmn = matching(r"\d{5,6}", "is no network", 'write MCC and MNC of the home operator, like "23415"')
_ussd = matching(r"\*#?\d{1,5}(\*\d{1,5}){0,3}#", "is no USSD code", 'write it as it is dialled, like "*100#"')
_line: Final[Reader] = matching(r"[A-Za-z0-9:_.-]{1,40}", "is no pin name", 'write it like "GPIO17", or "chip1:5"')


def _url(value: object) -> str:
    url: str = _plain(value)
    if "@" in url:
        raise WrongError("holds a user or a password", "take it out; the key goes into api_key_file", shown=False)
    try:
        parts = urlsplit(url)
        labels = (parts.hostname or "").removesuffix(".").split(".")
        good = parts.scheme in ("http", "https") and all(0 < len(label) < 64 for label in labels) and parts.port != 0  # RFC 1035 2.3.4
    except ValueError:  # brackets without an address, a port that is no number
        good = False
    if not good or not re.fullmatch("[!-~]+", url):
        raise WrongError("is no http or https URL with a host", 'write it like "https://partner.example"')
    if "?" in url or "#" in url:
        raise WrongError("has a query or a fragment", "leave out everything from ? or # on")
    return url


def _country_ids(value: object) -> dict[str, int]:
    if not isinstance(value, dict):
        raise WrongError(f"is {kind(value)}, not a table", "write it like { KZ = 997 }")
    for region, country_id in value.items():
        if not re.fullmatch("[A-Z]{2}", region):
            raise WrongError(f"has {region[:20]!r}, which is no ISO 3166 region", "write two capital letters, like KZ")
        if not isinstance(country_id, int) or isinstance(country_id, bool) or not 1 <= country_id <= LONGEST_ID:
            raise WrongError(f"has no integer from 1 to {LONGEST_ID} for {region}", f"write it like {{ {region} = 997 }}")
    return value


def _led(value: object) -> str | Rgb:
    if not isinstance(value, dict):
        return str(_line(value))
    if set(value) != {"r", "g", "b"}:
        raise WrongError("has not the three keys r, g and b", 'write it like { r = "GPIO5", g = "GPIO6", b = "GPIO13" }')
    return Rgb(*(_line(value[colour]) for colour in "rgb"))


def _loopback(value: object) -> tuple[str, int]:
    """A port of this machine alone; whoever reads metrics from elsewhere puts a server of his own before it."""
    if not isinstance(value, str):
        return "127.0.0.1", _port(value)
    host, _, port = value.rpartition(":")
    if host not in LOOPBACK:
        raise WrongError("could be reached from outside", "write a port alone, like 9477: it is opened on 127.0.0.1")
    if not port.isascii() or not port.isdigit():
        raise WrongError("has no port", "write a port alone, like 9477")
    return LOOPBACK[host], _port(int(port[:9]))


def _iccid(value: object) -> Iccid:
    try:
        return Iccid.parse(_plain(value))
    except IdentityError as error:
        raise WrongError(error.what, error.mend or "write the digits that are printed on the card") from error


def _number(value: object) -> Msisdn:
    from agent.sim.numbering import owner_number  # noqa: PLC0415  a file without numbers does not pay for the number plans

    try:
        return owner_number(_plain(value))
    except IdentityError as error:
        raise WrongError(error.what, error.mend or 'write it in full, like "+447700900123"') from error


def _home(value: object) -> Plmn:
    return Plmn.parse(_plmn(value))


def _code(value: object) -> str:
    code: str = _ussd(value)
    if SERVICES.fullmatch(re.split(r"\D+", code)[1]):
        raise WrongError("changes the SIM, its PIN or its calls (TS 22.030)", "take the operator's code that tells the number")
    return code


def _pattern(value: object) -> str:
    pattern: str = _plain(value)
    try:
        groups = re.compile(pattern).groups
    except (re.error, OverflowError, RecursionError) as error:
        raise WrongError(f"is no regular expression: {error}", "see https://docs.python.org/3/library/re.html") from error
    if groups != 1:
        raise WrongError(f"has {groups} groups", "put the number, and nothing else, in one pair of parentheses")
    return pattern


def _pin(value: object) -> Secret:
    return Secret(_digits(value))


KEYS: Final[Mapping[str, Mapping[str, Key]]] = {
    "gateway": {
        "id": Key(matching("[!-~]{1,99}", "is no plain word", "write 1 to 99 ASCII letters, digits, dots or dashes")),
        "led": Key(_led, None),
        "led_active": Key(one_of("low", "high"), "high"),
    },
    "endpoint": {
        "url": Key(_url),
        "api_key_file": Key(_plain, None),
        "interval": Key(number(1, DAY), 300.0),
        "number_format": Key(one_of("plus", "digits"), "plus"),
        "operator_code": Key(one_of("mcc_mnc", "imsi5"), "mcc_mnc"),
        "rent": Key(whole(0, 1), 0),
        "price": Key(number(0, 1e9), None),
        "country_ids": Key(_country_ids, {}),
        "allow_http": Key(yes_or_no, False),
    },
    "store": {"path": Key(_plain, "/var/lib/simgate/simgate.db")},
    "control": {"socket": Key(_plain, "/run/simgate/control.sock")},
    "board": {"kind": Key(one_of("pi", "mock"), "pi")},
    "rack": {"columns": Key(whole(1, 40), 8)},
    "sale": {"require_registration": Key(yes_or_no, True)},
    "timing": {
        "settle": Key(number(0, 60), 0.5),
        "startup": Key(number(0, DAY), 60.0),
        "lease": Key(number(0, DAY), 30.0),
        "poll": Key(number(0.1, DAY), 8.0),
        "registered": Key(number(0, DAY), 5.0),
    },
    "recovery": {"resets_per_hour": Key(whole(0, 1000), 20)},
    "metrics": {
        "listen": Key(_loopback, None),
        "textfile": Key(matching(r"(.*/)?[^/.][^/]*\.prom", "is no file that node_exporter reads", "let its name end in .prom"), None),
    },
    "slot": {
        "name": Key(text(99)),
        "usb": Key(matching(r"\d+-\d+(\.\d+)*", "is no USB topology path", 'write it like "1-1.2"'), None),
        "tty": Key(matching("/.+", "is no absolute path", 'write it like "/dev/ttyUSB2"'), None),
        "presence": Key(_line, None),
        "presence_active": Key(one_of("low", "high"), "low"),
        "led": Key(_led, None),
        "led_active": Key(one_of("low", "high"), "high"),
        "power": Key(_line, None),
        "power_active": Key(one_of("low", "high"), "high"),
        "port_power": Key(yes_or_no, False),
        "rent": Key(whole(0, 1), None),
        "price": Key(number(0, 1e9), None),
    },
    "card": {
        "iccid": Key(_iccid, secret=True),
        "number": Key(_number, None),
        "pin": Key(_pin, None, secret=True),
    },
    "ussd": {
        "plmn": Key(_home),
        "code": Key(_code),
        "pattern": Key(_pattern, None),
    },
}
