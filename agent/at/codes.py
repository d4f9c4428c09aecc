"""Final result codes (V.250, TS 27.007 9.2, TS 27.005 3.2.5) and unsolicited result codes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, IntEnum


class Kind(Enum):
    """What ended a command; the value is the word on the wire."""

    OK = "OK"
    ERROR = "ERROR"
    CME = "+CME ERROR"
    CMS = "+CMS ERROR"
    EXT = "+EXT ERROR"
    MODEM = "MODEM ERROR"
    NOT_SUPPORTED = "COMMAND NOT SUPPORT"
    TOO_MANY_PARAMETERS = "TOO MANY PARAMETERS"
    ABORTED = "ABORTED"
    NA = "NA"
    CONNECT = "CONNECT"
    NO_CARRIER = "NO CARRIER"
    BUSY = "BUSY"
    NO_ANSWER = "NO ANSWER"
    NO_DIALTONE = "NO DIALTONE"
    TIMEOUT = "no answer in time"  # made by whoever holds the clock, never parsed


# Final only for a command that dials; at any other time they tell of a call that somebody else ended (V.250 6.3).
CALL_RESULTS = frozenset({Kind.NO_CARRIER, Kind.BUSY, Kind.NO_ANSWER, Kind.NO_DIALTONE})


class Cme(IntEnum):
    """The +CME ERROR numbers that decide something (TS 27.007 9.2; 262 and 515 are manufacturers' own)."""

    PHONE_FAILURE = 0
    NOT_ALLOWED = 3
    NOT_SUPPORTED = 4
    PH_SIM_PIN = 5
    PH_FSIM_PIN = 6
    PH_FSIM_PUK = 7
    SIM_NOT_INSERTED = 10
    SIM_PIN = 11
    SIM_PUK = 12
    SIM_FAILURE = 13
    SIM_BUSY = 14
    SIM_WRONG = 15
    INCORRECT_PASSWORD = 16
    SIM_PIN2 = 17
    SIM_PUK2 = 18
    NOT_FOUND = 22
    NETWORK_PIN = 40
    NETWORK_PUK = 41
    NETWORK_SUBSET_PIN = 42
    NETWORK_SUBSET_PUK = 43
    SERVICE_PROVIDER_PIN = 44
    SERVICE_PROVIDER_PUK = 45
    CORPORATE_PIN = 46
    CORPORATE_PUK = 47
    INCORRECT_PARAMETERS = 50
    UNKNOWN = 100
    SIM_BLOCKED = 262
    PLEASE_WAIT = 515


_CME_WORDS = {  # TS 27.007 9.2, as printed with +CMEE=2
    0: "phone failure",
    1: "no connection to phone",
    2: "phone-adaptor link reserved",
    3: "operation not allowed",
    4: "operation not supported",
    5: "PH-SIM PIN required",
    6: "PH-FSIM PIN required",
    7: "PH-FSIM PUK required",
    10: "SIM not inserted",
    11: "SIM PIN required",
    12: "SIM PUK required",
    13: "SIM failure",
    14: "SIM busy",
    15: "SIM wrong",
    16: "incorrect password",
    17: "SIM PIN2 required",
    18: "SIM PUK2 required",
    20: "memory full",
    21: "invalid index",
    22: "not found",
    23: "memory failure",
    24: "text string too long",
    25: "invalid characters in text string",
    26: "dial string too long",
    27: "invalid characters in dial string",
    30: "no network service",
    31: "network timeout",
    32: "network not allowed - emergency calls only",
    40: "network personalization PIN required",
    41: "network personalization PUK required",
    42: "network subset personalization PIN required",
    43: "network subset personalization PUK required",
    44: "service provider personalization PIN required",
    45: "service provider personalization PUK required",
    46: "corporate personalization PIN required",
    47: "corporate personalization PUK required",
    48: "hidden key required",
    49: "EAP method not supported",
    50: "Incorrect parameters",
    51: "command implemented but currently disabled",
    52: "command aborted by user",
    100: "unknown",
    103: "Illegal MS / UE",
    106: "Illegal ME",
    107: "GPRS services not allowed",
    111: "PLMN not allowed",
    112: "Location area not allowed",
    113: "Roaming not allowed in this location area",
    262: "SIM blocked",
    515: "please wait, init or command processing in progress",
}
_CMS_WORDS = {  # TS 27.005 3.2.5, the part about the SIM
    310: "SIM not inserted",
    311: "SIM PIN required",
    312: "PH-SIM PIN required",
    313: "SIM failure",
    314: "SIM busy",
    315: "SIM wrong",
    316: "SIM PUK required",
    317: "SIM PIN2 required",
    318: "SIM PUK2 required",
    500: "unknown",
}


def _plain(words: str) -> str:
    return re.sub(r"[^a-z0-9]", "", words.lower())


_WORDS = {Kind.CME: _CME_WORDS, Kind.CMS: _CMS_WORDS}
_NUMBERS = {kind: {_plain(words): number for number, words in table.items()} for kind, table in _WORDS.items()}


@dataclass(frozen=True, slots=True)
class Final:
    """How a command ended; `code` is the CME or CMS number, also of the words of CMEE=2; `text` what else was said, or the ATV0 digit."""

    kind: Kind
    code: int | None = None
    text: str = ""

    @property
    def ok(self) -> bool:
        """True for OK alone; CONNECT takes the port out of command mode and is a fault here."""
        return self.kind is Kind.OK

    def __str__(self) -> str:
        words = self.text
        if self.code is not None:
            words = _WORDS.get(self.kind, {}).get(self.code, self.text)
            words = f"{self.code} ({words})" if words else str(self.code)
        joint = ": " if self.kind.value.endswith("ERROR") else " "
        return f"{self.kind.value}{joint}{words}" if words else self.kind.value


_WHOLE = {
    kind.value: kind for kind in (Kind.OK, Kind.ERROR, Kind.NOT_SUPPORTED, Kind.TOO_MANY_PARAMETERS, Kind.ABORTED, Kind.NA, *CALL_RESULTS)
} | {"NO DIAL TONE": Kind.NO_DIALTONE}
_DIGITS = {  # V.250 table 1 (ATV0); 2 is RING, which ends nothing
    "0": Kind.OK,
    "1": Kind.CONNECT,
    "3": Kind.NO_CARRIER,
    "4": Kind.ERROR,
    "6": Kind.NO_DIALTONE,
    "7": Kind.BUSY,
    "8": Kind.NO_ANSWER,
}
_NUMBERED = re.compile(r"(\+CM[ES] ERROR)\s*:?\s*(.*)")
_WORDED = re.compile(r"(\+EXT ERROR|MODEM ERROR(?=\s*:\s*[0-9])|CONNECT\b)\s*:?\s*(.*)")


def parse_final(line: str, *, numeric: bool = False) -> Final | None:
    """The final result code that this line is, if it is one; `numeric` admits the digits of ATV0."""
    line = line.strip()
    if kind := _WHOLE.get(line):
        return Final(kind)
    if numeric and (kind := _DIGITS.get(line)):
        return Final(kind, None, line)
    if match := _NUMBERED.fullmatch(line):
        kind, said = Kind(match[1]), match[2]
        if re.fullmatch(r"[0-9]{1,6}", said):
            return Final(kind, int(said))
        return Final(kind, _NUMBERS[kind].get(_plain(said)), said)
    if match := _WORDED.fullmatch(line):
        return Final(Kind(match[1]), None, match[2])
    return None


_URCS = (
    # Calls, messages, network: TS 27.007, TS 27.005.
    r"RING$",
    r"\+(CRING|CLIP|CCWA|COLP|CUSD|CGEV|CIEV|CTZ[EV]|CUSATP|CMTI|CMT|CDSI|CDS|CBM):",
    r"\+CUSATEND",
    r"\+CREG:\s*\d+\s*(,|$)",
    r"\+(CG|CE|C5G)REG:",
    # Start, power and supply.
    r"\+CFUN:\s*[01]$",
    r"(APP )?RDY$",
    r"(Call|SMS) Ready$",
    r"(SMS|PB) DONE$",
    r"\*ATREADY",
    r"\+(PB)?READY$",
    r"\^SYSSTART",
    r"(NORMAL POWER DOWN|POWERED DOWN)$",
    r"(UNDER|OVER)[-_ ]VOLTAGE",
    r"\*RADIOPOWER",
    r"\+KSUP:",
    # The SIM and its holder.
    r"\+CPIN:\s*(READY|NOT READY|NOT INSERTED|SIM REMOVED|SIM CRASH|SIM PIN|SIM PUK)",
    r"\+(QIND|QUSIM|QSIMSTAT|SIMCARD|CSMINS|SIM|UUSIMSTAT|XSIM|XLOCK)\s*:",
    r"\+SIM (DROP|READY)",
    r"\+ZUSIMR",
    r"\$QCSIMSTAT",
    r"#(QSS|USS|STN):",
    # What manufacturers tell unasked.
    r"\^(RSSI|MODE|DSFLOWRPT|NDISSTAT|BOOT|CSNR|SIMST|SRVST|STIN|HCSQ|LTERSRP|LWURC|ANLEVEL|CCALLSTATE|SCKS|SCN|SIND|SYSINFO)",
    r"\+Z(DONR|PASR|END)",
    r"\+(UMWI|NITZ|MSTK|PSBEARER|SPNWNAME)",
    r"\*(PSUTTZ|PSNWID|EBCA)",
    r"_O(SIGQ|BS)",
    r"DST:",
    r"NOT FOND \^",
    r"MISSED_CALL",
    r"VOICE CALL",
)
# TS 27.005 3.4.1: these bring their text or PDU on a second line; +CDS does so in PDU mode only, where it is a bare length.
_TWO_LINES = re.compile(r"\+CMT:|\+CBM:|\+CDS:\s*[0-9]+$")


_GENERAL = re.compile("|".join(_URCS), re.ASCII)


def urc_table(patterns: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    """Regular expressions, each matched at the start of a line. ValueError names the one that is none."""
    table = []
    for pattern in patterns:
        try:
            table.append(re.compile(pattern, re.ASCII))
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    return tuple(table)


def any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """One regular expression that matches where any of them does. ValueError as urc_table."""
    return re.compile("|".join(f"(?:{one.pattern})" for one in urc_table(patterns)) or "(?!)", re.ASCII)


def is_urc(line: str) -> bool:
    """True for a line that modems in general send unasked."""
    return _GENERAL.match(line) is not None


def is_two_line_urc(line: str) -> bool:
    """True when the next line belongs to this one."""
    return _TWO_LINES.match(line) is not None
