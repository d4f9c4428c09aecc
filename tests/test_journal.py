"""The log as systemd's journal gets it: fields, one line for each thing that changed, nobody's identity; and `simgate logs`."""

import ast
import asyncio
import logging
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from child import ROOT, simgate
from gate import gate, racked
from rack import sim

from agent.service.journal import LONGEST, Journal, datagram
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh

Fields = dict[str, str]


def fields(octets: bytes) -> Fields:
    """Read as systemd's documentation of the native journal protocol has it."""
    found: Fields = {}
    while octets:
        line, _, octets = octets.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            size = int.from_bytes(octets[:8], "little")
            value, octets = octets[8 : 8 + size], octets[8 + size :]
            assert octets[:1] == b"\n"
            octets = octets[1:]
        assert re.fullmatch(rb"[A-Z][A-Z0-9_]*", name)
        found[name.decode()] = value.decode()
    return found


class Journald:
    """The far end: a datagram socket, full after `room` octets."""

    def __init__(self, path: Path, room: int | None = None) -> None:
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        if room is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        self.socket.bind(self.path)
        self.socket.setblocking(False)

    def heard(self) -> list[Fields]:
        found = []
        try:
            while True:
                found.append(fields(self.socket.recv(1 << 20)))
        except BlockingIOError:
            return found


@contextmanager
def journald(path: Path) -> Iterator[Journald]:
    one = Journald(path / "journal")
    try:
        yield one
    finally:
        one.socket.close()


class Kept(logging.Handler):
    """What did not go to the journal."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextmanager
def logged(path: str, spare: logging.Handler | None = None) -> Iterator[logging.Logger]:
    """A logger whose lines go to the journal there."""
    handler, log = Journal(path, spare or Kept()), logging.getLogger("agent")
    log.addHandler(handler)
    before, log.level = log.level, logging.INFO
    try:
        yield log
    finally:
        log.setLevel(before)
        log.removeHandler(handler)
        handler.close()


# -- one line --


def test_a_line_has_its_priority_and_its_slot(tmp_path: Path) -> None:
    with journald(tmp_path) as far, logged(far.path) as log:
        log.warning("%s: it %s", "rack1-01", "hangs", extra={"slot": "rack1-01", "iccid": "8944…2494"})
        log.error("no")
        told = {"SYSLOG_IDENTIFIER": "simgate", "LOGGER": "agent"}
        assert far.heard() == [
            {"MESSAGE": "rack1-01: it hangs", "PRIORITY": "4", **told, "SLOT": "rack1-01", "ICCID": "8944…2494"},
            {"MESSAGE": "no", "PRIORITY": "3", **told},
        ]


def test_a_traceback_is_one_entry(tmp_path: Path) -> None:
    with journald(tmp_path) as far, logged(far.path) as log:
        try:
            raise RuntimeError("one\ntwo")
        except RuntimeError:
            log.exception("it failed")
        (entry,) = far.heard()
        assert entry["MESSAGE"].startswith("it failed\nTraceback")
        assert entry["MESSAGE"].endswith("RuntimeError: one\ntwo")


@pytest.mark.parametrize("value", ["", "a=b", "a\nb", "\n", "ä€\udcff", "x\nPRIORITY=0"])
def test_no_value_becomes_another_field(value: str) -> None:
    assert fields(datagram({"A": value, "B": "c"})) == {"A": value.encode("utf-8", "backslashreplace").decode(), "B": "c"}


def test_an_endless_message_is_cut_and_says_so(tmp_path: Path) -> None:
    with journald(tmp_path) as far, logged(far.path) as log:
        log.info("€" * LONGEST)
        (entry,) = far.heard()
        assert len(entry["MESSAGE"].encode()) < LONGEST + 20
        assert entry["MESSAGE"].endswith("€ … (cut)")


def test_what_the_journal_does_not_take_goes_to_stderr_and_nothing_waits(tmp_path: Path) -> None:
    spare = Kept()
    with journald(tmp_path) as far, logged(far.path, spare) as log:
        for turn in range(2000):  # net.unix.max_dgram_qlen is less everywhere
            log.info("%d", turn)
        taken = [entry["MESSAGE"] for entry in far.heard()]
        assert taken
        assert spare.messages
        assert sorted(map(int, taken + spare.messages)) == list(range(2000))
    spare = Kept()
    with logged(str(tmp_path / "absent"), spare) as log:
        log.info("alone")
    assert spare.messages == ["alone"]


def said(tmp_path: Path, path: Path, *, journal: bool) -> str:
    """What a process says on stderr, which is, or is not, what JOURNAL_STREAM says; the journal's socket is at `path`."""
    child = (
        "import logging, os; from agent.service import journal\n"
        f"journal.SOCKET = {str(path)!r}; journal.begin(False, os.environ); log = logging.getLogger('agent')\n"
        "log.info('all is well')\n"
        "try: 1 / 0\n"
        "except ZeroDivisionError: log.exception('nothing is')\n"
    )
    file = tmp_path / "stderr"
    with file.open("w") as stderr:
        stat = os.fstat(stderr.fileno())
        stream = f"{stat.st_dev}:{stat.st_ino if journal else stat.st_ino + 1}"
        subprocess.run([sys.executable, "-c", child], stderr=stderr, env={**os.environ, "JOURNAL_STREAM": stream}, cwd=ROOT, check=True)
    return file.read_text()


def test_under_systemd_the_journal_has_it_and_stderr_nothing(tmp_path: Path) -> None:
    with journald(tmp_path) as far:
        assert said(tmp_path, Path(far.path), journal=True) == ""
        assert [entry["PRIORITY"] for entry in far.heard()] == ["6", "3"]


def test_without_the_socket_each_line_for_the_journal_begins_with_its_level(tmp_path: Path) -> None:
    first, *rest = said(tmp_path, tmp_path / "absent", journal=True).splitlines()
    assert first == "<6>INFO all is well"
    assert rest[0] == "<3>ERROR nothing is"
    assert len(rest) > 3
    assert all(line.startswith("<3>") for line in rest)


def test_for_anybody_else_there_is_a_time_and_no_level_number(tmp_path: Path) -> None:
    with journald(tmp_path) as far:
        told = said(tmp_path, Path(far.path), journal=False)
        assert far.heard() == []
    assert re.match(r"\d{4}-\d\d-\d\d .* INFO    all is well\n", told)
    assert "<" not in told.splitlines()[0]


# -- a whole rack --


async def test_one_line_for_each_thing_that_changed_and_nobody_s_identity(tmp_path: Path) -> None:
    modems = [SimulatedModem("quectel-ec25", sim(), delay=0.0), SimulatedModem("generic", fresh(0), delay=0.0)]
    with journald(tmp_path) as far, logged(far.path):
        async with gate(tmp_path, modems, lines=True) as rack:
            await rack.asked("fake", move="insert", slot="rack1-01")
            await rack.on_sale(rack.number(1))
            number = rack.number(1)
            await rack.asked("fake", move="eject", slot="rack1-01")
            await rack.on_sale()
        heard = far.heard()
    of_one = [entry for entry in heard if entry.get("SLOT") == "rack1-01"]
    words = [entry["MESSAGE"] for entry in of_one]
    assert [text for text in words if "on sale" in text or "off sale" in text] == ["rack1-01: on sale", "rack1-01: off sale"]
    assert words.count("rack1-01: the SIM has been read") == 1
    assert [entry.get("ICCID") for entry in of_one if " sale" in entry["MESSAGE"]] == ["8944…2491"] * 2
    assert [one for one, other in pairwise(words) if one == other] == []
    every = str(heard)
    assert "8944200053671052491" not in every
    assert number not in every


async def test_whatever_speaks_of_one_slot_has_its_name_as_a_field(tmp_path: Path) -> None:
    modems = [SimulatedModem("quectel-ec25", sim(1, pin="8642"), delay=0.0), SimulatedModem("generic", sim(2, pin="8642"), delay=0.0)]
    cards = "".join(f'\n[[card]]\niccid = "{sim(turn).iccid}"\npin = "{pin}"\n' for turn, pin in ((1, "8642"), (2, "1111")))
    with journald(tmp_path) as far, logged(far.path):
        async with gate(tmp_path, modems, more=cards) as rack:
            await rack.on_sale(rack.number(1))
            await rack.why(2, "was refused")
            rack.port(1).unplug()
            await rack.stands(1, "offline")
        heard = far.heard()
    named = {entry["MESSAGE"]: entry.get("SLOT") for entry in heard if entry["MESSAGE"].startswith("rack1-")}
    assert {message: slot for message, slot in named.items() if slot != message.partition(":")[0]} == {}
    assert named["rack1-01: the SIM was given its PIN, and took it"] == "rack1-01"
    assert named["rack1-02: the SIM was given the PIN of its [[card]], and refused it"] == "rack1-02"
    (pin,) = [entry for entry in heard if "took it" in entry["MESSAGE"]]
    assert pin["ICCID"] == f"{sim(1).iccid[:4]}…{sim(1).iccid[-4:]}"
    assert "8642" not in str(heard)
    assert "1111" not in str(heard)


def nameless(source: str) -> list[int]:
    """Lines of calls of a log that are given the name of a slot to print, and none for the field."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "log":
            fields = {key.arg: ast.unparse(key.value) for key in node.keywords}
            if any(re.search(r"\b_?slot\b", ast.unparse(word)) for word in node.args[1:]) and "'slot'" not in fields.get("extra", ""):
                found.append(node.lineno)
    return found


def test_no_line_of_the_code_forgets_the_field() -> None:
    assert nameless('log.error("%s: it hangs", self._slot)\n') == [1]
    assert nameless('log.error("%s: it hangs", one.slot, extra={"slot": one.slot})\n') == []
    sources = {path: path.read_text("utf-8") for top in ("agent", "hw") for path in (ROOT / top).rglob("*.py")}
    assert {str(path): lines for path, source in sources.items() if (lines := nameless(source))} == {}


# -- simgate logs --


async def test_logs_asks_journalctl_for_the_slot_alone(tmp_path: Path) -> None:
    fake = tmp_path / "bin" / "journalctl"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    fake.chmod(0o755)
    async with racked(tmp_path, [SimulatedModem()]) as rack:
        asked = ("logs", "rack1-01", "--config", str(rack.file))
        path = {"PATH": f"{fake.parent}:{os.environ['PATH']}"}
        day = ("--since", "2026-11-25", "--follow", "--json")
        plain, since, whole, nobody, wrong, none = await asyncio.gather(
            simgate(*asked, **path),
            simgate(*asked, *day, **path, TZ="UTC"),
            simgate("logs", *asked[2:], **path),
            simgate("logs", "rack9-99", "--config", str(rack.file), **path),
            simgate(*asked, "--since", "yesteryear", **path),
            simgate(*asked, PATH=str(tmp_path)),
        )
    matches = ["SYSLOG_IDENTIFIER=simgate", "SLOT=rack1-01"]
    assert plain.out.splitlines() == ["--no-hostname", "--output=short", *matches]
    assert since.out.splitlines() == ["--no-hostname", "--quiet", "--output=json", "--since=@1795564800", "--follow", *matches]
    assert whole.out.splitlines() == ["--no-hostname", "--output=short", "--unit=simgate"]
    assert (nobody.code, nobody.err.count("\n")) == (1, 1)
    assert "rack1-01" in nobody.err
    assert wrong.code == 2
    assert (none.code, none.err) == (1, "simgate: there is no journalctl on this machine; read what simgate run writes to stderr\n")
