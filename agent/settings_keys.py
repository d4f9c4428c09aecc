"""Every key of the configuration file: how it is read, and what holds where it is absent."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from agent.errors import IdentityError
from agent.settings_read import Key, Reader, WrongError, kind, matching, number, one_of, text, whole
from agent.sim.identity import Iccid, Msisdn
from agent.sync.request import Secret

DAY: Final = 86400

_plain = text()
_digits = matching(r"\d{4,8}", "is no PIN", "write 4 to 8 digits in quotes")
_line: Final[Reader] = matching(r"[A-Za-z0-9:_.-]{1,40}", "is no pin name", 'write it like "GPIO17"')


def _url(value: object) -> str:
    url: str = _plain(value)
    if "@" in url:
        raise WrongError("holds a user or a password", "take it out; the key goes into api_key_file", shown=False)
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
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
        if not isinstance(country_id, int) or isinstance(country_id, bool) or country_id < 1:
            raise WrongError(f"has no integer from 1 on for {region}", f"write it like {{ {region} = 997 }}")
    return value


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


def _pin(value: object) -> Secret:
    return Secret(_digits(value))


KEYS: Final[Mapping[str, Mapping[str, Key]]] = {
    "gateway": {
        "id": Key(matching("[!-~]{1,99}", "is no plain word", "write 1 to 99 ASCII letters, digits, dots or dashes")),
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
    },
    "store": {"path": Key(_plain, "/var/lib/simgate/simgate.db")},
    "control": {"socket": Key(_plain, "/run/simgate/control.sock")},
    "board": {"kind": Key(one_of("pi", "mock"), "pi")},
    "timing": {
        "settle": Key(number(0, 60), 0.5),
        "startup": Key(number(0, DAY), 60.0),
        "lease": Key(number(0, DAY), 30.0),
        "poll": Key(number(0.1, DAY), 8.0),
    },
    "slot": {
        "name": Key(text(99)),
        "usb": Key(matching(r"\d+-\d+(\.\d+)*", "is no USB topology path", 'write it like "1-1.2"'), None),
        "tty": Key(matching("/.+", "is no absolute path", 'write it like "/dev/ttyUSB2"'), None),
        "presence": Key(_line, None),
        "presence_active": Key(one_of("low", "high"), "low"),
        "led": Key(_line, None),
        "rent": Key(whole(0, 1), None),
        "price": Key(number(0, 1e9), None),
    },
    "card": {
        "iccid": Key(_iccid, secret=True),
        "number": Key(_number, None),
        "pin": Key(_pin, None, secret=True),
    },
}
