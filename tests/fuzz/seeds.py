"""Where fuzzing begins: the recorded conversations, the notes, the README's examples."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from agent.modems.transcripts import Mark, Transcript, parse_transcript

ROOT = Path(__file__).parents[2]
NOTES = ROOT / "firmware-notes"


@cache
def _transcripts() -> tuple[tuple[str, Transcript], ...]:
    files = sorted((NOTES / "transcripts").rglob("*.at"))
    return tuple((text, parse_transcript(file.name, text)) for file in files for text in [file.read_text("ascii")])


def heard() -> Iterator[bytes]:
    """Octets as they came."""
    for _, found in _transcripts():
        yield b"".join(line.octets for line in found.lines if line.mark is Mark.RECEIVED)[:250]


def lines() -> Iterator[bytes]:
    """Every kind of line once, digits aside."""
    seen: set[bytes] = set()
    for _, found in _transcripts():
        for line in found.lines:
            for one in re.split(rb"[\r\n]+", line.octets if line.mark is Mark.RECEIVED else b""):
                kind = re.sub(rb"[0-9]", b"0", one)
                if one and kind not in seen:
                    seen.add(kind)
                    yield one


def talks() -> Iterator[bytes]:
    """Dialogues as the target takes them: a command, its answer, a time-out."""
    for turn, octets in enumerate(heard()):
        yield bytes([0x80 + turn % 6]) + bytes(octet & 0x7F for octet in octets[:200]) + b"\x86+CMEE: 1\r\nOK\r\n"


def files() -> Iterator[bytes]:
    """What EFs hold (TS 31.102), and lines that carry them."""
    for text in ("98944900000000000010", "00000002", "00000003", "6216820542210022018302", "00002F0504000000000000000100FF01"):
        yield bytes.fromhex(text)
    yield bytes.fromhex("FFFFFFFF07919472097200F3FFFFFFFFFFFF")
    yield from (one for one in lines() if re.match(rb"[+^]C", one))


def replies() -> Iterator[bytes]:
    """+CUSD in its forms."""
    for scheme, text in ((0, "Your number is +447700900123"), (72, "002B003400340037"), (15, "AA180DA682DD6C31192D36BBDD46")):
        yield bytes([scheme]) + f'+CUSD: 0,"{text}",{scheme}'.encode()
        yield bytes([scheme]) + text.encode()
    yield b'\x0f+CUSD: 1,"one\ntwo\nthree",15\n+CUSD: 2'


def notes() -> Iterator[bytes]:
    """Each table of every note in a note of its own, under the name that the target gives; kinds of tables once, digits aside."""
    seen: set[str] = set()
    for file in sorted(NOTES.glob("*.md")):
        for table in file.read_text("utf-8").split("+++")[1].split("\n\n"):
            kind = re.sub(r"[0-9a-f]+", "0", table)
            if kind not in seen and len(table) < 600:
                seen.add(kind)
                more = "" if "[[iccid]]" in table else '[[iccid]]\nsend = "AT+CCID"\nprefix = [""]\n'
                own = re.sub(r'(?m)^name = ".*"$', "", table).strip()
                yield f'+++\nname = "x"\n{own}\n{more}+++\n'.encode()


def transcripts() -> Iterator[bytes]:
    """The first lines of every file."""
    for text, _ in _transcripts():
        head, _, rest = text.partition("\n\n")
        yield f"{head[-400:]}\n\n{rest[:200]}".encode()
        yield ("simgate transcript 1\nsynthetic: manual\nmodem: x\n\n" + "".join(rest.splitlines(keepends=True)[:4])).encode()


def settings() -> Iterator[bytes]:
    """README's example, and one with every table."""
    example = re.search(r"```toml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    yield example[1].encode() if example else b""
    least = '[gateway]\nid="g"\n[endpoint]\nurl="https://x"\n'
    for more in (
        '[[slot]]\nname="a"\ntty="/x"\npresence="GPIO17"\n[[slot]]\nname="b"\nusb="1-1.2"\npresence="17"\n',
        '[[slot]]\nname="a"\ntty="/x"\n[[ussd]]\nplmn="23415"\ncode="*#100#"\npattern="([0-9]+)"\n',
        '[[slot]]\nname="a"\ntty="/x"\n[[card]]\niccid="8944200053671052499"\nnumber="+447700900123"\npin="1234"\n',
        '[[slot]]\nname="a"\ntty="/x"\n[timing]\nlease=30\npoll=8\n[sale]\nrequire_registration=false\n[endpoint.country_ids]\nKZ=997\n',
    ):
        yield (least + more).encode()


def tables() -> Iterator[bytes]:
    """CSV as a person and as a spreadsheet write it."""
    yield b"iccid,number\n8944200053671052499,+447700900123\n8949200000000000001,+4917279119183\n"
    yield b'\xef\xbb\xbfICCID;Number\r\n"8944200053671052499";"+44 7700 900123"\r\n;\r\n8.94E+18;+447700900123\r\n'


def identities() -> Iterator[bytes]:
    """ICCIDs, IMSIs and networks."""
    yield from (b"8944200053671052499", b"98449002501301254999", b'"894420005367105249F"', b"262011106487504", b"310260123456789", b"28967")


def numbers() -> Iterator[bytes]:
    """A country, and a number as its people write it."""
    for turn, text in enumerate(("07700 900123", "+4917279119183", "2025550123", "+5215512345678", "91123-45678", "13363729668")):
        yield bytes([turn]) + text.encode()


def answers() -> Iterator[bytes]:
    """Status, Retry-After and Date, body."""
    for body in (
        b'{"response": 1, "ids": {"+447700900123": 17, "79407123456": null}}',
        b'{"response": "NUMBER_FORMAT_ERROR"}',
        b"ERROR_DATE",
    ):
        yield b"\x00\0" + body
        yield b"\x0730\nMon, 24 Nov 2025 12:00:00 GMT\0" + body
    yield b"\x08Mon, 24 Nov 2025 12:00:00 GMT\0<html>"
    yield b"\x09https://other.example\0"


def requests() -> Iterator[bytes]:
    """Lines on the control socket."""
    yield b'{"verb": "status", "word": [1, 2.5, null, "\\ud800"]}\n'
    yield b'{"verb": "refuse"}\n'
    yield b'{"verb": ["status"]}\n'
