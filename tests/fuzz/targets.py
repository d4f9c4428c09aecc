"""Every target by its name."""

from collections.abc import Mapping
from typing import Final

from . import seeds, targets_at, targets_texts, targets_wire
from .target import Target

SAID = (
    "\r\n",
    "OK\r\n",
    "ERROR\r\n",
    "+CME ERROR: 10",
    "> ",
    "+CPIN: READY",
    "+CREG: 0,1",
    "+CMT: ",
    "+CDS: 1\r\n",
    "RING\r\n",
    "+CMEE: 1",
    "+CSCS: ",
)
LINES = (
    "+CNUM: ",
    "+CRSM: 144,0,",
    "+CREG: ",
    "+CPINR: SIM PIN,3",
    '+QPINC: "SC",3',
    "+SPIC: 3",
    "^CPIN: SIM PIN,,10,3",
    "+CCID: 89",
    '"',
    ",145",
)
ENDS = (
    "OK",
    "ERROR",
    "+CME ERROR: ",
    "+CMS ERROR: ",
    "+EXT ERROR: ",
    "MODEM ERROR: 1",
    "CONNECT 9600",
    "NO CARRIER",
    "SIM busy",
    "+CDS: 1",
    "^RSSI:",
)
TOML = ('"', "'''", '"""', "\n[", "\n[[", "]]", " = ", "true", "inf", "nan", "0x", "1e9", "1979-05-27", "{}", "[[", "\\u", "\n+++\n")
NOTE = (
    "[usb]",
    "[match]",
    "[[iccid]]",
    "[limits]",
    "[hot_swap]",
    "[hot_swap.detection]",
    "[sim_reset]",
    "[modem_reset]",
    "[[pin.attempts]]",
    "why",
    "at = false",
)
CONFIG = (
    "[gateway]",
    "[endpoint]",
    "[timing]",
    "[[slot]]",
    "[[card]]",
    "[[ussd]]",
    "[board]",
    "[control]",
    "country_ids",
    "pattern",
    "(",
    "+44",
)
TALK = (
    "simgate transcript 1\n",
    "synthetic: ",
    "recorded: ",
    "modem: ",
    "firmware: ",
    "expect: ",
    "remark: ",
    "\n\n",
    "    0.000 < ",
    "    1.000 ! ",
    "\\x00",
    "\\r\\n",
)
JSON = (
    '{"response": 1',
    '"ids"',
    "null",
    "1e999",
    "NaN",
    "\\ud800",
    "[[[[[[[[",
    "NUMBER_FORMAT_ERROR",
    "Mon, 24 Nov 2025 12:00:00 GMT",
    "+0000",
    "\u0000",
)
VERBS = ('{"verb": "status"', '"refuse"', '"word"', "null", "1e999", "NaN", "\\ud800", "[[[[[[[[", "{}")
PLUS = ("+44", "+1", "00", "0", "*", "#", ";ext=", "tel:", " ", "-", "\uff11", "\u0661")

TARGETS: Final[Mapping[str, Target]] = {
    "lines": Target(targets_at.lines, seeds.heard, SAID, longest=128, share=4),
    "dialog": Target(targets_at.dialog, seeds.talks, SAID, longest=192, share=3),
    "values": Target(targets_at.decoders, seeds.files, LINES, longest=128, share=5),
    "codes": Target(targets_at.codes, seeds.lines, ENDS, longest=96, share=30),
    "ussd": Target(targets_at.replies, seeds.replies, ("+CUSD: ", '"', ",15", ",72", "\n"), share=10),
    "notes": Target(targets_texts.note, seeds.notes, TOML + NOTE, longest=768, share=3),
    "transcripts": Target(targets_texts.transcript, seeds.transcripts, TALK, longest=320, share=3),
    "settings": Target(targets_texts.settings, seeds.settings, TOML + CONFIG, longest=640, share=3),
    "owners": Target(targets_texts.owners, seeds.tables, ("iccid,number\n", ";", '"', "8949", "+49", "E+"), share=4),
    "identity": Target(targets_texts.identity, seeds.identities, ("89", "98", "F", '"', "310", "\uff18"), longest=40, share=10),
    "number": Target(targets_texts.number, seeds.numbers, PLUS, longest=40, share=4),
    "answers": Target(targets_wire.answer, seeds.answers, JSON, share=8),
    "control": Target(targets_wire.request, seeds.requests, VERBS, share=13),
}
