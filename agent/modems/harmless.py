"""What a person may ask a modem through the running agent. Pure.

Lists of what is allowed, and never of what is not: nobody knows every command of every maker that writes an identity, sends or calls. What
is judged is what goes out: one command, in capitals, without blanks.
"""

import re

from agent.at.dialog import Command
from agent.errors import RefusedError

LONGEST = 60  # octets of a command
LIMIT = 10.0  # seconds for its answer: the slot's own questions wait for it, and its lease runs on

_READ, _TEST, _DO = "?", "=?", ""

# Of each name the forms that tell something and change nothing: TS 27.007, TS 27.005, V.250; and names that several makers share.
# +COPS=? is left out: it searches for minutes, in which the slot can be asked nothing.
ASKS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("+CGMI", "+CGMM", "+CGMR", "+CGSN", "+GMI", "+GMM", "+GMR", "+GSN", "+GCAP"), (_DO, _TEST)),
    **dict.fromkeys(("+CIMI", "+CNUM", "+CCID", "+ICCID", "+QCCID", "+CICCID", "^ICCID", "#CCID", "%CCID"), (_DO, _READ, _TEST)),
    **dict.fromkeys(("+CSQ", "+CESQ", "+CPAS", "+CBC", "+CLAC", "+CEER", "+CPINR"), (_DO, _TEST)),
    **dict.fromkeys(("+CREG", "+CGREG", "+CEREG", "+C5GREG", "+CFUN", "+CGATT", "+CGACT", "+CGDCONT", "+CSCS", "+CMEE"), (_READ, _TEST)),
    **dict.fromkeys(("+CPBS", "+CPMS", "+CMGF", "+CSMS", "+CSCA", "+CNMI", "+CIND", "+CMER", "+CCLK", "+CTZR", "+CTZU"), (_READ, _TEST)),
    **dict.fromkeys(("+IPR", "+IFC", "+ICF", "+WS46", "+CEMODE"), (_READ, _TEST)),
    **dict.fromkeys(("+CPIN", "+COPS", "+CPLS"), (_READ,)),
}
BASIC = re.compile(r"AT|ATI[0-9]?|AT&V[0-9]?|ATS[0-9]{1,2}\?")  # V.250 6.1.3, 5.3.2, and the settings as they are
# With --force: the read and test forms of other names, and these; of +CRSM (TS 27.007 8.18) the four commands that only read.
MORE = re.compile(r"AT\+CFUN=1(,1)?|AT\+CPBR=[0-9]{1,3}(,[0-9]{1,3})?|AT\+CRSM=(176|178|192|242),[0-9]{1,5}(,[0-9]{1,3}){0,3}")
# SMS, USSD, calls, locks, identities: not even asked about, for a modem may take the question mark for an address.
NEVER = re.compile(
    r".(CMG.*|CMSS|CUSD|CPWD|CLCK|CPIN.*|CPUK.*|CPBW|CNUMW?|EGMR|SIMEI|.*IMEI.*|.*MEID.*|.*ESN|CSIM|CRSM|CDV|CDU|CKPD|CHLD|CTFR|CECALL|COPS)"
)
# Three letters at least: of a shorter name a modem may take a basic command, and the rest for an error.
_EXTENDED = re.compile(r"AT([+^%#$*!@][A-Z][A-Z0-9_]{2,19})(\?|=\?|)")

MEND = "type it into a terminal program yourself, while simgate does not run"


def admitted(text: str, *, force: bool = False) -> Command:
    """The one command in `text`, as it may go out; RefusedError says why not, and never repeats what may be a PIN."""
    if not (text.isascii() and text.isprintable()):
        raise RefusedError("a command is one line of printable ASCII")
    plain = text.replace(" ", "").upper()
    if len(plain) > LONGEST:
        raise RefusedError(f"a command has at most {LONGEST} letters")
    if not plain.startswith("AT") or plain.startswith("ATAT"):
        raise RefusedError("a command begins with AT", "for example AT+CSQ")
    if ";" in plain:
        raise RefusedError("that is more than one command", "ask one after the other")
    if BASIC.fullmatch(plain):
        return Command(plain, timeout=LIMIT)
    found = _EXTENDED.fullmatch(plain)
    name, form = (found[1], found[2]) if found else ("", "")
    if form in ASKS.get(name, ()) or (force and MORE.fullmatch(plain)) or (force and form and not NEVER.fullmatch(name)):
        return Command(plain, prefix=(f"{name or plain[2:].partition('=')[0]}:", ""), timeout=LIMIT)
    shown = name + form if found else "this command"
    if not force and ((form and not NEVER.fullmatch(name)) or MORE.fullmatch(plain)):
        raise RefusedError(f"{shown} is not among what is known to be harmless", "--force asks it all the same")
    raise RefusedError(f"{shown} might write, send, call, lock or erase something, so simgate does not pass it on, nor with --force", MEND)
