"""What a modem and its agent said to each other, line by line, without the identities of anybody. Pure.

Not what is known to be an identity is replaced, but every run of digits that could be one: a maker's own command must not betray a card.
"""

import re

from agent.at.codes import is_two_line_urc
from agent.at.values import ucs2
from agent.modems.pseudonyms import Pseudonyms
from agent.modems.scrub_files import anonymous, iccid, imsi

_NOISE = 0.2  # share of octets above 127 from which on a line is no text; a control character is enough, too

_HEX = re.compile(r"(?<![0-9A-Za-z+])(?:[0-9A-Fa-f]{12,}|(?:[0-9A-Fa-f]{2}[ -]){5,}[0-9A-Fa-f]{2})(?![0-9A-Za-z])")
_DIGITS = re.compile(r"(?:\+ ?)?[0-9](?:[ -]?[0-9])+")
_GROUP = re.compile(r"[^ -]+")
_QUOTED = re.compile(r'"([^"]*)("?)')
_NUMBER = re.compile(r"[+*#]?[0-9][-0-9*#pPwW ()]{2,}")
_HEX_TEXT = re.compile(r"(?:[0-9A-Fa-f]{4})+")
_LATIN = re.compile(r"(?:00[2-7][0-9A-Fa-f]){4,}")  # UCS2 (TS 27.007 5.5)
_ASCII = re.compile(r"(?:2[Bb])?(?:3[0-9]){7,}")  # a number in the character set "HEX"
_LETTERS = re.compile(r"[^\W\d_]+")

_CRSM = re.compile(r"(\s*\+CRSM\s*:\s*[0-9]+\s*,\s*[0-9]+\s*,\s*\"?\s*)((?:[0-9A-Fa-f]{2})+)(.*)", re.DOTALL)
_GET_RESPONSE = re.compile(r"AT\+CRSM=192,([0-9]{1,5})\b")
_SECRET = re.compile(r"\+(?:CPIN|CPWD|CLCK)\s*=", re.IGNORECASE)
_POSITION = re.compile(r"\s*\$[A-Z]{5},")  # NMEA 0183
# Names and numbers of people: phonebook, own number, calls (TS 27.007 7 and 8), messages (TS 27.005 3), USSD.
_PEOPLE = re.compile(r"\s*\+(?:CNUM|CPBR|CPBF|CLIP|CCWA|COLP|CLCC|CMT|CDS|CBM|CMGR|CMGL|CUSD)\s*:\s*")
_MESSAGE = re.compile(r"\+CMG[RL]\s*:")  # its text is the next line
_ASKS_IMEI = re.compile(r"AT\+C?GSN|ATI\d*$|AT.*(?:IMEI|EGMR)")
_ASKS_NAME = re.compile(r"AT\+C?GM[IMR]|ATI\d*$")
_DATE = re.compile(r"20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[0-9]{2}){0,3}")


class Scrubber:
    """The same original gets the same replacement for as long as this object lives; feed it whole lines of both directions, in order."""

    def __init__(self, salt: bytes) -> None:
        self._names = Pseudonyms(salt)
        self._asked = ""
        self._described: int | None = None
        self._message = False
        self._bare: dict[str, str] = {}  # IMSI or IMEI, which look alike: what it was taken for first

    def sent(self, line: bytes) -> bytes:
        """What the agent sends: it also tells what the next answers are about."""
        text = line.decode("latin-1")
        self._asked = text.strip().upper()
        if self._asked.startswith("AT+CRSM="):
            found = _GET_RESPONSE.match(self._asked)
            self._described = int(found[1]) if found else None
        return self._line(text).encode("latin-1")

    def received(self, line: bytes) -> bytes:
        """One whole line of the modem, its line ends before and behind it included."""
        text = line.decode("latin-1")
        said = text.strip("\0\r\n\t ")
        if not said:
            return line
        message, self._message = self._message, is_two_line_urc(said) or _MESSAGE.match(said) is not None
        return blank(line) if message or _is_noise(said) else self._line(text).encode("latin-1")

    def words(self, text: str) -> str:
        """What a person or a modem calls something."""
        return self._runs(text)

    def _line(self, text: str) -> str:
        # No parser sees NUL, so it must not hide a digit from its neighbours; everything here keeps its length.
        shown = iter(self._scrubbed(text.replace("\0", "")))
        return "".join(letter if letter == "\0" else next(shown) for letter in text)

    def _scrubbed(self, text: str) -> str:
        if secret := _SECRET.search(text):
            return self._runs(text[: secret.end()]) + re.sub(r"[0-9]{4,}", lambda pin: "0" * len(pin[0]), text[secret.end() :])
        if file := _CRSM.fullmatch(text):
            octets = anonymous(bytes.fromhex(file[2]), self._names, described=self._described)
            return file[1] + _cased(octets.hex(), file[2]) + self._runs(file[3])
        if position := _POSITION.match(text):
            return position[0] + re.sub(r"[0-9]", "0", text[position.end() :])
        if people := _PEOPLE.match(text):
            return people[0] + self._people(text[people.end() :])
        return self._runs(text)

    def _people(self, text: str) -> str:
        """Fields about a person: in quotes everything goes, outside them all words and long numbers."""
        parts, at = [], 0
        for quoted in _QUOTED.finditer(text):
            parts += [self._unquoted(text[at : quoted.start()]), '"', self._field(quoted[1]), quoted[2]]
            at = quoted.end()
        return "".join([*parts, self._unquoted(text[at:])])

    def _unquoted(self, text: str) -> str:
        words = re.split(r"([^,;\r\n]+)", text)
        return "".join(word if re.fullmatch(r"\s*[0-9]{0,3}\s*", word) else self._field(word) for word in words)

    def _field(self, text: str) -> str:
        coded = _LATIN.fullmatch(text) or _ASCII.fullmatch(text)
        if _NUMBER.fullmatch(text.strip()) and not coded:
            return self._names.number(text)
        if _HEX_TEXT.fullmatch(text) and (plain := ucs2(text)) is not None:
            return _cased(self._field(plain).encode("utf-16-be").hex(), text)
        if not coded and not _HEX.fullmatch(text):
            text = _LETTERS.sub(lambda word: "x" * (len(word[0].encode("utf-16-be")) // 2), text)
        return self._runs(text)

    def _runs(self, text: str) -> str:
        """Each run of digits, hexadecimal ones first, is replaced once and never looked at again."""
        parts, at = [], 0
        for run in _HEX.finditer(text):
            if (shown := self._hex(re.sub("[ -]", "", run[0]))) is not None:
                parts += [self._decimal(text[at : run.start()]), _spread(shown, run[0])]
                at = run.end()
        return "".join([*parts, self._decimal(text[at:])])

    def _decimal(self, text: str) -> str:
        return _DIGITS.sub(lambda run: self._run(run[0]), text)

    def _run(self, run: str) -> str:
        """Groups are one identity together, unless they are long enough for one each, or those of a firmware's version and date."""
        groups = _GROUP.findall(run)
        together = "".join(groups)
        each = max(map(len, groups)) >= 14 or sum(len(group) >= 7 for group in groups) > 1
        if each or (len(together) < 14 and _ASKS_NAME.match(self._asked) and together[0] != "+"):
            return _GROUP.sub(lambda group: self._digits(group[0]), run)
        return _spread(self._digits(together), run)

    def _hex(self, text: str) -> str | None:
        """Hex digits that are coded text, a file, or nobody knows what; None for decimal digits that are just that."""
        whole = text.upper()
        if _LATIN.fullmatch(text) and (plain := ucs2(text)) is not None:
            return _cased(self._runs(plain).encode("utf-16-be").hex(), text)
        if _ASCII.fullmatch(text):
            return _cased(self._names.number(bytes.fromhex(text).decode("ascii")).encode("ascii").hex(), text)
        if len(text) == 20 and whole.startswith("98"):
            return _cased(iccid(whole, self._names), text)
        if len(text) == 18 and whole.startswith("08") and whole[3] in "19":
            return _cased(imsi(whole, self._names), text)
        if whole.isdecimal():
            return None
        if 18 <= len(text) <= 20 and whole.startswith("89"):
            return _cased(self._names.iccid(whole.removesuffix("F")).ljust(len(text), "F"), text)
        return self._names.behind(text, 0, "hex")

    def _digits(self, text: str) -> str:
        digits = text.removeprefix("+")
        plus = text[: len(text) - len(digits)]
        if plus:
            return plus + (self._names.number(digits) if len(digits) >= 4 else digits)
        if len(set(digits)) == 1:
            return digits  # a counter that stands still
        if len(digits) < 7 or (_DATE.fullmatch(digits) and _ASKS_NAME.match(self._asked)):
            return digits  # a firmware's version or date
        if len(digits) < 14:
            return self._names.number(digits)
        if len(digits) > 16:
            return self._names.iccid(digits) if digits.startswith("89") else self._names.behind(digits, 6, "long")
        if digits not in self._bare:
            take = self._names.imei if _ASKS_IMEI.match(self._asked) else self._names.imsi
            self._bare[digits] = take(digits)
        return self._bare[digits]


def blank(line: bytes) -> bytes:
    """A line of which nothing can be said: letters become x, digits 0, what is no text FF."""
    shown = re.sub(r"[A-Za-z]", "x", re.sub(r"[0-9]", "0", line.decode("latin-1")))
    return re.sub(r"[^\x00\t\r\n -~]", "\xff", shown).encode("latin-1")


def _spread(shown: str, like: str) -> str:
    """The letters of `shown` with the gaps of `like`."""
    letters = iter(shown)
    return "".join(gap if gap in " -" else next(letters) for gap in like)


def _is_noise(text: str) -> bool:
    controls = re.search(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]", text)
    return controls is not None or len(re.findall(r"[\x80-\xff]", text)) > _NOISE * len(text)


def _cased(text: str, like: str) -> str:
    return text.lower() if like == like.lower() else text.upper()
