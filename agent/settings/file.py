"""The configuration file: TOML -> frozen Settings. An error names the file, the key, the value and the mend."""

import os
import tomllib
from collections.abc import Hashable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, NoReturn

from agent.errors import ConfigError
from agent.ports import Wiring
from agent.settings.endpoint import api_key_in, encrypted
from agent.settings.keys import KEYS
from agent.settings.reading import Reading, Row
from agent.settings.values import CardSettings, MetricsSettings, Settings, SlotSettings, Timing, UssdSettings
from agent.settings.wiring import WIRED, wirings
from agent.sync.request import Endpoint, Secret

USUAL: Final = Path("/etc/simgate/simgate.toml")
ABSENT: Final = "begin one with `simgate config init`, or name the right one with --config or SIMGATE_CONFIG"
LISTS: Final = ("slot", "card", "ussd")
ENDPOINT: Final = ("url", "interval", "number_format", "operator_code", "country_ids")

SOCKET_OCTETS: Final = 107  # sun_path without its closing zero, unix(7)


def find(option: str | None, environ: Mapping[str, str]) -> Path:
    """Which file: `--config`, else SIMGATE_CONFIG, else /etc/simgate/simgate.toml. It need not be there."""
    return Path(option or environ.get("SIMGATE_CONFIG") or USUAL)


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings with the API key. ConfigError, one line, for the first thing that is wrong."""
    return _sound(_read(path, environ))


def load_local(path: Path) -> Settings:
    """The settings for verbs that never meet the endpoint: no API key is looked for, and `api_key` is empty."""
    return _sound(_read(path, None))


def check(path: Path, environ: Mapping[str, str] | None = None) -> list[str]:
    """Everything that is wrong, one line each; the API key is looked for only with `environ`."""
    try:
        found = _read(path, environ)
    except ConfigError as error:
        return [str(error)]
    return [] if isinstance(found, Settings) else [str(error) for error in found]


def _sound(found: Settings | list[ConfigError]) -> Settings:
    if isinstance(found, Settings):
        return found
    raise found[0]


def _read(path: Path, environ: Mapping[str, str] | None) -> Settings | list[ConfigError]:
    found, reading, folder = parse(path), Reading(path), path.absolute().parent
    reading.known(found, KEYS, lambda key: key)
    one = {name: reading.table(found.get(name, {}), KEYS[name], partial(_key, name)) for name in KEYS if name not in LISTS}
    slots, cards, ussd = (reading.tables(found.get(name, []), KEYS[name], name) for name in LISTS)
    if found.get("slot", []) == []:
        reading.wrong("[[slot]]", None, "there is none", "write one for each place that takes a SIM")
    encrypted(reading, one["endpoint"])
    _timing(reading, one["timing"])
    wirings(reading, slots, one["gateway"])
    _cards(reading, cards)
    _ussd(reading, ussd)
    socket = folder / one["control"]["socket"]
    if len(os.fsencode(socket)) > SOCKET_OCTETS:
        reading.wrong("control.socket", None, f"is longer than the {SOCKET_OCTETS} octets of a socket's path", "choose a shorter one")
    key = api_key_in(reading, folder, one["endpoint"]["api_key_file"], environ) if environ is not None else ""
    if reading.errors:
        return reading.errors
    endpoint = one["endpoint"]
    return Settings(
        file=path,
        gateway=one["gateway"]["id"],
        endpoint=Endpoint(api_key=Secret(key), gateway=one["gateway"]["id"], **{name: endpoint[name] for name in ENDPOINT}),
        store=folder / one["store"]["path"],
        control=socket,
        board=one["board"]["kind"],
        timing=Timing(**one["timing"]),
        slots=tuple(_slot(slot.values, endpoint) for slot in slots),
        cards=tuple(CardSettings(**card.values) for card in cards),
        ussd=tuple(UssdSettings(**rule.values) for rule in ussd),
        require_registration=one["sale"]["require_registration"],
        resets_per_hour=one["recovery"]["resets_per_hour"],
        columns=one["rack"]["columns"],
        lamp=Wiring("", led=one["gateway"]["led"], led_active=one["gateway"]["led_active"]),
        metrics=MetricsSettings(one["metrics"]["listen"], folder / textfile if (textfile := one["metrics"]["textfile"]) else None),
    )


def _key(table: str, key: str) -> str:
    return f"{table}.{key}" if key else f"[{table}]"


def parse(path: Path, absent: str = ABSENT) -> dict[str, Any]:
    """The tables of a TOML file. ConfigError, with the mend `absent` where there is none."""

    def refuse(what: str, mend: str) -> NoReturn:
        raise ConfigError(str(path), "", None, what, mend)

    try:
        octets = path.read_bytes()
    except FileNotFoundError:
        refuse("there is no such file", absent)
    except OSError as error:
        refuse(f"cannot be read: {error.strerror}", "it must be a file that this user may read: use sudo, if you are to see it")
    try:
        return tomllib.loads(octets.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        refuse(f"is not UTF-8 in line {line}", "save it as UTF-8")
    except (ValueError, RecursionError) as error:  # tomllib lets int() and the stack speak for themselves
        refuse(f"is no TOML: {error}", "see https://toml.io")


def _timing(reading: Reading, timing: Mapping[str, float]) -> None:
    if not timing["lease"] > timing["poll"]:
        what = f"is not longer than timing.poll = {timing['poll']:g}"
        reading.wrong("timing.lease", timing["lease"], what, "a number would leave the list between two polls; make it longer")


def _cards(reading: Reading, cards: list[Row]) -> None:
    iccids, numbers = dict[Hashable, str](), dict[Hashable, str]()
    for card in cards:
        reading.unique(iccids, card.values["iccid"], card.place("iccid"), None)
        number = card.values["number"]
        reading.unique(numbers, number, card.place("number"), str(number))


def _ussd(reading: Reading, rules: list[Row]) -> None:
    plmns = dict[Hashable, str]()
    for rule in rules:
        reading.unique(plmns, rule.values["plmn"], rule.place("plmn"), str(rule.values["plmn"]))


def _slot(values: Mapping[str, Any], endpoint: Mapping[str, Any]) -> SlotSettings:
    wiring = Wiring(slot=values["name"], **{key: values[key] for key in WIRED})
    rent, price = (endpoint[key] if values[key] is None else values[key] for key in ("rent", "price"))
    return SlotSettings(wiring, rent, price)
