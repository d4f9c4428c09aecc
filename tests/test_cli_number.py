"""`simgate number` as people and scripts call it: through a running agent, and straight in the database while none runs."""

import asyncio
import json
import os
import stat
from contextlib import closing
from pathlib import Path

import pytest
from click import UsageError
from click.testing import CliRunner, Result
from gate import gate
from rack import sim

from agent.cli.main import simgate
from agent.errors import NoAgentError, RefusedError, SimgateError, StoreError
from agent.sync.outbox import Outbox
from hw.simulated.modem import SimulatedModem

ICCID, OTHER, FILED = "8944200053671052491", "8944200053671052499", "89860318760105620212"
NUMBER, SECOND, THIRD = "+447911123456", "+447911123457", "+447911123458"
LEAST = """
[gateway]
id = "r"
[endpoint]
url = "https://h"
[store]
path = "simgate.db"
[control]
socket = "s"
[[slot]]
name = "a"
usb = "1-1"
"""
CARD = f'[[card]]\niccid = "{FILED}"\nnumber = "{THIRD}"\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "simgate.toml").write_text(LEAST + CARD)
    monkeypatch.setenv("SIMGATE_CONFIG", str(tmp_path / "simgate.toml"))
    return tmp_path


def run(*words: str, said: str | bytes = "") -> Result:
    """That verb; an error of the product comes out as it is."""
    result = CliRunner().invoke(simgate, ["number", *words], input=said, standalone_mode=False)
    if isinstance(result.exception, SimgateError):
        raise result.exception
    return result


def table() -> list[tuple[str, str, str, bool]]:
    return [tuple(row.values()) for row in json.loads(run("list", "--json").stdout)]


# -- without an agent --


@pytest.mark.usefixtures("home")
def test_a_number_is_set_shown_and_unset() -> None:
    assert run("set", ICCID, "+44 7911 123456").stdout == f"SIM {ICCID}: {NUMBER}\n"
    assert table() == [(ICCID, NUMBER, "table", True), (FILED, THIRD, "config", True)]
    assert [NUMBER in line for line in run("list").stdout.splitlines()] == [False, True, False]
    run("set", ICCID, SECOND)
    assert table()[0] == (ICCID, SECOND, "table", True)
    assert run("unset", ICCID).stdout == f"SIM {ICCID}: no number in the table any more\n"
    assert table() == [(FILED, THIRD, "config", True)]
    with pytest.raises(RefusedError, match="no number for this SIM"):
        run("unset", ICCID)


@pytest.mark.usefixtures("home")
def test_a_conflict_with_the_configuration_is_shown_when_it_is_made_and_whenever_one_looks() -> None:
    done = run("set", FILED, NUMBER)
    assert "[[card]] wins" in done.stderr
    assert THIRD in done.stderr
    assert FILED not in done.stderr
    assert table() == [(FILED, THIRD, "config", True), (FILED, NUMBER, "table", False)]
    assert "does not count: [[card]] says otherwise" in run("list").stdout


@pytest.mark.parametrize("words", [("8944", NUMBER), (ICCID, "07911123456"), (ICCID, "+44791"), ("x", "y")])
def test_what_is_no_iccid_or_no_number_is_refused(home: Path, words: tuple[str, str]) -> None:
    assert isinstance(run("set", *words).exception, UsageError)
    assert not (home / "simgate.db").exists()


@pytest.mark.usefixtures("home")
def test_a_number_of_two_sims_is_refused_whoever_has_it() -> None:
    run("set", ICCID, NUMBER)
    for number in (NUMBER, THIRD):
        with pytest.raises(RefusedError, match="belongs to the SIM"):
            run("set", OTHER, number)
    assert len(table()) == 2


def test_looking_makes_no_database(home: Path) -> None:
    assert run("export").stdout == "iccid,number\n"
    assert json.loads(run("export", "--json").stdout) == []
    assert table() == [(FILED, THIRD, "config", True)]
    assert not (home / "simgate.db").exists()


def test_a_new_database_belongs_to_whom_its_directory_belongs(home: Path) -> None:
    if os.geteuid() == 0:
        os.chown(home, 12345, 12345)
    run("set", ICCID, NUMBER)
    found = (home / "simgate.db").stat()
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (home.stat().st_uid, 0o600)


def test_while_somebody_holds_the_database_it_is_left_alone(home: Path) -> None:
    with closing(Outbox.open(home / "simgate.db")), pytest.raises(StoreError, match="another simgate"):
        run("set", ICCID, NUMBER)
    assert len(table()) == 1


# -- CSV --


def test_an_export_is_an_import_and_nobody_else_may_read_it(home: Path) -> None:
    text = f"iccid,number\n{ICCID},{NUMBER}\n{OTHER},{SECOND}\n"
    assert run("import", "-", said="\ufeff" + text).exit_code == 0
    assert run("export").stdout == text
    file = home / "numbers.csv"
    run("export", str(file))
    assert file.read_text() == text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    run("unset", ICCID)
    run("import", str(file))
    assert run("export").stdout == text
    with pytest.raises(SimgateError, match=r"cannot be written: File exists; name a new file"):
        run("export", str(file))


@pytest.mark.usefixtures("home")
def test_an_import_is_all_or_nothing_and_tells_every_wrong_line() -> None:
    run("set", ICCID, NUMBER)
    lines = f"iccid,number\n{OTHER},{SECOND}\n8944,{THIRD}\n{FILED},0791\n"
    result = CliRunner().invoke(simgate, ["number", "import", "-"], input=lines, standalone_mode=False)
    assert isinstance(result.exception, SimgateError)
    assert [line.split(":")[2] for line in result.stderr.splitlines()] == ["3", "4"]
    assert "nothing was taken in" in str(result.exception)
    with pytest.raises(RefusedError, match="belongs to the SIM"):
        run("import", "-", said=f"iccid,number\n{OTHER},{NUMBER}\n{FILED},{SECOND}\n")
    assert run("export").stdout == f"iccid,number\n{ICCID},{NUMBER}\n"


@pytest.mark.usefixtures("home")
def test_numbers_may_change_places_in_one_import() -> None:
    run("import", "-", said=f"iccid,number\n{ICCID},{NUMBER}\n{OTHER},{SECOND}\n")
    run("import", "-", said=f"iccid,number\n{ICCID},{SECOND}\n{OTHER},{NUMBER}\n")
    assert [row[1] for row in table()[:2]] == [SECOND, NUMBER]


def test_a_file_that_is_not_utf8_or_too_long_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SimgateError, match="is not UTF-8"):
        run("import", "-", said=b"iccid,number\n\xff\xfe\n")
    monkeypatch.setattr("agent.cli.numbering.ROOM", 2000)
    many = "".join(f"8944200053671{n:06},+44791{n:07}\n" for n in range(50))
    with pytest.raises(SimgateError, match="split the file"):
        run("import", "-", said="iccid,number\n" + many)
    assert not (home / "simgate.db").exists()


# -- through the running agent --


async def test_a_running_agent_is_told_and_sells_the_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modems = [SimulatedModem("generic", sim(number=None), delay=0.0)]
    async with gate(tmp_path, modems, more=CARD) as rack:
        monkeypatch.setenv("SIMGATE_CONFIG", str(rack.file))
        await asyncio.to_thread(run, "import", "-", said=f"iccid,number\n{ICCID},{NUMBER}\n{OTHER},{SECOND}\n")
        await rack.on_sale(NUMBER)
        assert (await rack.slot(1))["number_from"] == "table"
        assert [row[2] for row in await asyncio.to_thread(table)] == ["table", "table", "config"]
        with pytest.raises(RefusedError, match="belongs to the SIM"):
            await asyncio.to_thread(run, "set", ICCID, SECOND)
        await asyncio.to_thread(run, "set", ICCID, "+447911123459")
        await rack.on_sale("+447911123459")
        await asyncio.to_thread(run, "unset", ICCID)
        await rack.on_sale()
        with pytest.raises(RefusedError):
            await asyncio.to_thread(run, "unset", ICCID)


async def test_thousands_of_numbers_go_in_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "".join(f"8944200053671{n:06},+44791112{n:04}\n" for n in range(2000))
    async with gate(tmp_path, [SimulatedModem("generic", None, delay=0.0)]) as rack:
        monkeypatch.setenv("SIMGATE_CONFIG", str(rack.file))
        assert (await asyncio.to_thread(run, "import", "-", said="iccid,number\n" + lines)).stdout == "2000 numbers\n"
        assert len(await asyncio.to_thread(table)) == 2000


@pytest.mark.usefixtures("home")
def test_without_an_agent_the_other_verbs_still_say_so() -> None:
    result = CliRunner().invoke(simgate, ["status"], standalone_mode=False)
    assert isinstance(result.exception, NoAgentError)
