"""The first questions to a modem: is it one, who made it, what is it called. Pure: a generator of commands."""

import re
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import TypeVar

from agent.at.codes import Kind, parse_final
from agent.at.dialog import Answer, Command
from agent.at.lines import Splitter
from agent.errors import PortError, TakenError
from agent.modems.notes import Profile, choose

T = TypeVar("T")
Talk = Generator[Command, Answer, T]

CONFIRM = Command("AT+CFUN?", prefix="+CFUN:", timeout=20)  # TS 27.007 8.2: asked to see that answers fit questions

# What is said first, and seconds to wait for an answer: a modem that finds its speed by itself loses a character or two, and one that
# sleeps, starts or was told to be quiet (V.250 6.2.5) needs more than one call.
CALLS = (("AT", 0.3), ("AT", 0.3), ("ATQ0", 0.5), ("AT", 1.0), ("ATQ0", 2.0), ("AT", 3.0))

_BOOT = re.compile(r"(APP )?RDY$|\^SYSSTART|\+CFUN:\s*1$|\*ATREADY|\+READY$|\+KSUP:")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a modem says of itself; "" = it does not say."""

    manufacturer: str = ""
    model: str = ""
    firmware: str = ""
    imei: str = ""


def answers(octets: bytes) -> bool:
    """Whether a final result code stands in what a port has said."""
    return any(parse_final(line.text, numeric=True) for line in Splitter().feed(octets))


def booted(line: str) -> bool:
    """Whether an unsolicited line says that the modem has just started."""
    return _BOOT.match(line) is not None


def functionality(answer: Answer) -> int | None:
    """<fun> of the answer to CONFIRM: 1 = all is on, 0 and 4 = radio off (TS 27.007 8.2); None when it does not say."""
    found = re.search(r":\s*(\d+)", answer.lines[0]) if answer.ok and answer.lines else None
    return int(found[1]) if found else None


def wake() -> Talk[None]:
    """Bring the port to a known state: no echo, result codes as text, errors as numbers (V.250 6.2, TS 27.007 9.1).

    PortError when what answers is no modem.
    """
    answer = yield Command("AT", timeout=3, numeric=True)
    if answer.final.kind is Kind.CONNECT:
        raise TakenError("the port is in use for a call", "end what uses it (ModemManager, pppd), or restart the modem")
    digits = answer.final.text.strip().isdigit()
    yield Command("ATE0", timeout=3, numeric=True)
    if digits:
        yield Command("ATV1", timeout=3, numeric=True)
    errors = yield Command("AT+CMEE=1", timeout=3)
    if not errors.ok:
        errors = yield Command("AT+CMEE=2", timeout=3)
    if not answer.ok and not errors.ok:
        raise PortError(f"what is there answers everything with {answer.final}: no modem, or a modem in trouble", "restart the modem")


def letters() -> Talk[None]:
    """Strings as letters (TS 27.007 5.5): somebody may have left a character set on in which every string is hex."""
    answer = yield Command("AT+CSCS?", prefix="+CSCS:", timeout=5)
    if not answer.ok or not answer.lines or re.search(r":\s*\"?(GSM|IRA)\b", answer.lines[0], re.IGNORECASE):
        return
    for name in ("GSM", "IRA", "00470053004D"):  # the last is GSM in the hex of UCS2: strings are strings to some
        if (yield Command(f'AT+CSCS="{name}"', timeout=5)).ok:
            return


def introduce() -> Talk[Identity]:
    """Maker, model, firmware, IMEI (TS 27.007 5.1 to 5.4); ATI for a modem that knows none of them."""
    manufacturer = yield from _ask("AT+CGMI", "+CGMI:")
    model = yield from _ask("AT+CGMM", "+CGMM:")
    firmware = yield from _ask("AT+CGMR", "+CGMR:")
    imei = yield from _ask("AT+CGSN", "+CGSN:")
    if not manufacturer and not model:
        lines = (yield Command("ATI", timeout=5)).lines
        named = {key.strip().lower(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
        plain = [line for line in lines if ":" not in line]
        manufacturer = named.get("manufacturer") or (plain[0] if plain else "")
        model = named.get("model") or (plain[1] if len(plain) > 1 else manufacturer)
    digits = re.search(r"\d{14,16}", imei)
    return Identity(manufacturer, model, firmware.removeprefix("Revision:").strip(), digits.group() if digits else "")


def settle(profiles: Iterable[Profile]) -> Talk[tuple[Identity, Profile]]:
    """Who the modem is and which note is its own; set up by it: a modem that cannot report by itself refuses, and is polled anyway."""
    yield from letters()
    identity = yield from introduce()
    profile = choose(profiles, identity.manufacturer, identity.model)
    for text in profile.setup:
        yield profile.timed(Command(text, timeout=5))
    return identity, profile


def _ask(text: str, prefix: str) -> Talk[str]:
    answer = yield Command(text, timeout=5)
    if not answer.ok or not answer.lines:
        return ""
    return answer.lines[0].removeprefix(prefix).strip().strip('"')
