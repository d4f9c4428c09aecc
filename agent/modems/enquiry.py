"""Finding a SIM's own number in what its network answers (TS 27.007 7.15): pure."""

import re
from collections.abc import Iterable

from agent.at.codes import Kind
from agent.at.dialog import Command
from agent.at.values import parameters
from agent.modems.greet import Talk
from agent.sim.identity import Msisdn
from agent.sim.numbering import home_mobile

CLOSE = Command("AT+CUSD=2", timeout=20)

_CHARACTERS = Command("AT+CSCS?", prefix="+CSCS:", timeout=5)
# A run of digits as people write numbers; one that touches a letter, * or # belongs to a code.
_NUMBER = re.compile(r"(?<![\w*#+])\+?\d(?:[ ()./-]{0,2}\d){6,16}(?![\w*#])")


def request(code: str) -> Talk[str | None]:
    """Send the request; None when the modem has taken it, else what it says. The answer comes later, as +CUSD."""
    answer = yield _CHARACTERS
    found = parameters(answer.lines[0], "+CSCS:") if answer.ok and answer.lines else None
    shown = code.encode("utf-16-be").hex().upper() if found and found[0] in ("UCS2", "0055004300530032") else code
    answer = yield Command(f'AT+CUSD=1,"{shown}",15', timeout=20)
    # Some say OK only with the result.
    return None if answer.ok or answer.final.kind is Kind.TIMEOUT else str(answer.final)


def number_in(texts: Iterable[str], pattern: str | None, mcc: str) -> Msisdn | None:
    """The one mobile of the SIM's home country in the first text that has any; None when that text has several."""
    for text in texts:
        runs = [match[1] for match in re.finditer(pattern, text)] if pattern else _NUMBER.findall(text)
        found = {number for run in runs if run and (number := home_mobile(run, mcc))}
        if found:
            return found.pop() if len(found) == 1 else None
    return None
