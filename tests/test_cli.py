"""The verbs as people and scripts call them: what they print, and with which exit code they end."""

import asyncio
import stat
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from child import MODULE, Done, simgate
from gate import KEY, Answer, Gate, gate, noise, odd_tty, racked
from rack import sim

from hw.simulated.endpoint import Canned
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh
from hw.simulated.state import Quirks

NULL = type(None)
ICCID, IMSI, NUMBER = "8944200053671052491", "234151234567891", "+447700900123"


@asynccontextmanager
async def selling(directory: Path, **what: Any) -> AsyncIterator[Gate]:
    """A gateway that sells one SIM and has one slot without."""
    modems = [SimulatedModem("quectel-ec25", sim(), delay=0.0), SimulatedModem("generic", None, delay=0.0)]
    async with gate(directory, modems, **what) as rack:
        await rack.on_sale(NUMBER)
        await rack.waits()
        yield rack


async def at(rack: Gate, *words: str) -> Done:
    """That verb, asked of the running gateway."""
    return await simgate(*words, "--config", str(rack.file))


def one_line(done: Done, code: int, *words: str) -> None:
    """It failed as it should: that exit code, one line, nothing else."""
    assert (done.code, done.err.count("\n"), done.out) == (code, 1, ""), done
    assert "Traceback" not in done.err
    assert all(word in done.err for word in words), done.err


def fits(document: Any, shape: Any) -> bool:
    """Whether it has every key of `shape`, and values of its types."""
    if isinstance(shape, dict):
        return isinstance(document, dict) and all(key in document and fits(document[key], part) for key, part in shape.items())
    if isinstance(shape, list):
        return isinstance(document, list) and all(fits(part, shape[0]) for part in document)
    return type(document) in shape


# -- asking a running agent --

SLOT = {
    **{key: {str} for key in ("slot", "state")},
    **{key: {str, NULL} for key in ("why", "number", "operator", "iccid", "modem", "tty")},
    "on_sale": {bool},
    "state_since": {int, NULL},
    "recovery": {NULL, dict},
}
STATUS = {
    "gateway": {str},
    "since": {int},
    "clock_ok": {bool},
    "endpoint": {"state": {str}, "last_ok": {int, float, NULL}, "last_error": {str, NULL}, "next_try": {int, float, NULL}},
    "queue": {"pending": {int}, "oldest": {int, float, NULL}},
    "warning": {str, NULL},
    "rack": {"columns": {int}},
    "unclaimed": [{"usb": {str}, "usb_id": {str}}],
    "slots": [SLOT],
}


async def test_status_and_slots_as_json(tmp_path: Path) -> None:
    async with selling(tmp_path) as rack:
        status, slots = (await at(rack, "status", "--json")).document, (await at(rack, "slots", "--json")).document
    assert fits(status, STATUS), status
    assert (status["gateway"], status["endpoint"]["state"], status["queue"]) == ("rack1", "ok", {"pending": 0, "oldest": None})
    assert slots == status["slots"]
    wanted = {"slot": "rack1-01", "state": "ready", "on_sale": True, "why": None, "number": NUMBER, "operator": "23415", "iccid": ICCID}
    assert slots[0] == {**slots[0], **wanted, "modem": "quectel-ec25", "tty": str(tmp_path / "slot-01")}
    assert (slots[1]["on_sale"], slots[1]["number"], slots[1]["iccid"]) == (False, None, None)
    assert "SIM" in slots[1]["why"]


async def test_status_and_slots_for_people(tmp_path: Path) -> None:
    async with selling(tmp_path) as rack:
        status, slots = await at(rack, "status"), await at(rack, "slots")
    assert (status.code, status.err, slots.code, slots.err) == (0, "", 0, "")
    assert "1 of 2 slots on sale" in status.out
    for done in (status, slots):
        assert NUMBER in done.out
        assert "the modem sees no SIM" in done.out
        assert KEY not in done.out


async def test_the_queue_tells_what_the_endpoint_has_not_taken(tmp_path: Path) -> None:
    async with selling(tmp_path) as rack:
        assert (await at(rack, "queue", "--json")).document == []
        assert (await at(rack, "queue")).out == "nothing waits\n"
        rack.endpoint.script(Canned(hold=True))
        rack.port(1).eject()
        await rack.why(1, "no SIM")
        (change,) = (await at(rack, "queue", "--json")).document
        assert (change["added"], change["removed"]) == ([], [NUMBER])
        assert f"-{NUMBER}" in (await at(rack, "queue")).out


async def test_sync_sends_the_list_now(tmp_path: Path) -> None:
    async with selling(tmp_path) as rack:
        done = await at(rack, "sync", "--json")
        assert (done.code, done.document["verdict"]) == (0, "accepted")
        assert [request.numbers for request in rack.endpoint.requests] == [[NUMBER]] * 2
        rack.endpoint.script(Canned(500))
        assert (await at(rack, "sync")).code == 1


async def test_sync_test1_saves_nothing_and_test2_prints_the_request_back(tmp_path: Path) -> None:
    async with selling(tmp_path) as rack:
        assert (await at(rack, "sync", "--test", "test1")).code == 0
        back = await at(rack, "sync", "--test", "test2")
        assert back.code == 0
        assert NUMBER in back.out
        assert [request.test for request in rack.endpoint.requests] == [None, "test1", "test2"]


async def test_there_is_nothing_to_sync_before_the_rack_has_been_read(tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem("generic", sim(), delay=0.0)]) as rack:
        rack.port(1).unplug()
        async with rack.running():
            one_line(await at(rack, "sync"), 1, "no list")


async def test_fake_moves_line_and_modem_and_returns_when_they_have_moved(tmp_path: Path) -> None:
    modems = [SimulatedModem("generic", fresh(0), delay=0.0)]
    async with gate(tmp_path, modems, lines=True, timing={"lease": 1}) as rack:
        await rack.on_sale()
        assert (await at(rack, "fake", "insert", "rack1-01")).code == 0
        await rack.on_sale(rack.number(1))
        assert (await at(rack, "fake", "unplug", "rack1-01")).code == 0
        await rack.on_sale()
        assert (await at(rack, "fake", "plug", "rack1-01", "--json")).document == {"slot": "rack1-01", "moved": "plug"}
        await rack.on_sale(rack.number(1))
        assert (await at(rack, "fake", "eject", "rack1-01")).code == 0
        await rack.on_sale()


async def test_fake_refuses_what_is_not_there(tmp_path: Path) -> None:
    async with selling(tmp_path) as rack:
        one_line(await at(rack, "fake", "insert", "rack9-99"), 1, "rack9-99", "rack1-01, rack1-02")
        one_line(await at(rack, "fake", "insert", "rack1-01"), 1, "rack1-01", "no presence line")


# -- no agent, wrong use, help --


@pytest.mark.parametrize("words", [["status"], ["slots"], ["queue"], ["sync"], ["sync", "--dry-run"], ["fake", "insert", "rack1-01"]])
async def test_without_an_agent_a_verb_ends_with_3(words: list[str], tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem()]) as rack:
        one_line(await at(rack, *words), 3, "simgate run")


async def test_a_socket_below_a_file_is_no_agent_either(tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem()]) as rack:
        rack.file.write_text(rack.file.read_text().replace("control.sock", "api.key/control.sock"))
        one_line(await at(rack, "status"), 3, "api.key/control.sock")


async def test_wrong_use_ends_with_2() -> None:
    wrong = ("nonsense", "status --nonsense", "sync --test test3", "sync --dry-run --test test1", "fake eat x", "fake insert", "probe")
    for words, done in zip(wrong, await asyncio.gather(*(simgate(*words.split()) for words in wrong)), strict=True):
        assert (words, done.code, done.out) == (words, 2, "")
        assert "Traceback" not in done.err


async def test_every_verb_explains_itself() -> None:
    verbs = (
        "",
        "run",
        "status",
        "slots",
        "queue",
        "sync",
        "watch",
        "probe",
        "detection",
        "config",
        "config check",
        "doctor",
        "fake",
        "demo",
    )
    for verb, done in zip(verbs, await asyncio.gather(*(simgate(*verb.split(), "--help", way=MODULE) for verb in verbs)), strict=True):
        assert (verb, done.code, done.err) == (verb, 0, "")
        assert "Usage:" in done.out


# -- the configuration --

BROKEN = {
    "no TOML": ("[gateway]\n", "[gateway\n", "simgate.toml"),
    "unknown key": ("[endpoint]\n", "[endpoint]\nurk = 1\n", "endpoint.urk"),
    "two names": ('name = "rack1-02"', 'name = "rack1-01"', "rack1-01"),
    "two ttys": ("slot-02", "slot-01", "already taken by"),
    "wrong type": ('id = "rack1"', "id = 1", "gateway.id"),
    "no key": ('api_key_file = "api.key"', 'api_key_file = "other.key"', "api_key_file"),
}


@pytest.mark.parametrize("kind", BROKEN)
async def test_a_bad_configuration_is_one_line_and_78(kind: str, tmp_path: Path) -> None:
    right, wrong, word = BROKEN[kind]
    async with racked(tmp_path, [SimulatedModem(), SimulatedModem()]) as rack:
        whole = rack.file.read_text()
        assert right in whole
        rack.file.write_text(whole.replace(right, wrong, 1))
        ran, checked = await asyncio.gather(at(rack, "run"), at(rack, "config", "check"))
        one_line(ran, 78, str(rack.file), word)
        one_line(checked, 78, str(rack.file), word)
        listed = await at(rack, "config", "check", "--json")
        assert (listed.code, listed.document["file"], len(listed.document["wrong"])) == (78, str(rack.file), 1)


async def test_a_right_configuration_is_called_so(tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem()]) as rack:
        done = await at(rack, "config", "check")
        assert (done.code, done.err, done.out) == (0, "", f"{rack.file}: right\n")
        by_environment = await simgate("config", "check", "--json", SIMGATE_CONFIG=str(rack.file))
        assert by_environment.document == {"file": str(rack.file), "wrong": []}


async def test_there_is_no_such_file(tmp_path: Path) -> None:
    absent = str(tmp_path / "absent.toml")
    for done in await asyncio.gather(*(simgate(*words.split(), "--config", absent) for words in ("run", "status", "config check"))):
        one_line(done, 78, "absent.toml")


# -- probe --


async def test_probe_tells_everything_about_a_modem_and_its_sim(tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem("quectel-ec25", sim(), delay=0.0)]) as rack:
        done = await simgate("probe", str(rack.port(1).path), "--json")
        found = done.document
        assert done.code == 0
        wanted = {"sim_state": "ready", "iccid": ICCID, "imsi": IMSI, "operator": "23415", "mnc_length_from": "ef_ad", "number": NUMBER}
        more = {"number_from": "cnum", "country_id": 44, "registration": "home", "note": "quectel-ec25", "manufacturer": "Quectel"}
        assert found == {**found, **wanted, **more}
        assert isinstance(found["elapsed_ms"], int)
        assert all(isinstance(found[key], str) for key in ("model", "firmware", "imei"))
        assert NUMBER in (await simgate("probe", str(rack.port(1).path))).out


async def test_probe_does_not_invent_what_it_does_not_know(tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem("generic", None, delay=0.0)]) as rack:
        found = (await simgate("probe", str(rack.port(1).path), "--json")).document
        assert found["sim_state"] == "absent"
        unknown = ("iccid", "imsi", "operator", "mnc_length_from", "number", "number_from", "country_id", "registration")
        assert [found[key] for key in unknown] == [None] * len(unknown)


async def test_probe_of_what_is_no_modem_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name, word in (("absent", "there is no tty"), ("file", "no tty"), (".", "no tty")):
        one_line(await simgate("probe", str(tmp_path / name)), 1, word)
    async with racked(tmp_path, [SimulatedModem("generic", sim(), delay=0.0, quirks=Quirks(errors=True))]) as rack:
        one_line(await simgate("probe", str(rack.port(1).path), "--json"), 1, "ERROR")


async def test_probe_gives_up_on_echo_noise_and_silence(tmp_path: Path) -> None:
    impatient = "import agent.modems.modem as m; m.CALLS = m.CALLS[:2]"
    with ExitStack() as ttys:
        names: dict[str, Answer] = {"echo": bytes, "noise": noise, "silence": lambda _: b""}
        for name, answer in names.items():
            ttys.enter_context(odd_tty(tmp_path / name, answer))
        for done in await asyncio.gather(*(simgate("probe", str(tmp_path / name), first=impatient) for name in names)):
            one_line(done, 1, "does not answer")


async def test_detection_is_refused_where_the_note_knows_none_and_needs_a_place(tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem("generic", sim(), delay=0.0)]) as rack:
        place, file = str(rack.port(1).path), ("--config", str(rack.file))
        for verb in ((), ("--show",), ("--undo",), ("--enable", "--level", "low")):
            one_line(await simgate("detection", place, *verb), 1, "knows no card detection")
        one_line(await simgate("detection", "rack1-01", *file), 1, "knows no card detection")
        one_line(await simgate("detection", "rack1-77", *file), 1, "neither a tty nor a slot")
        assert (await simgate("detection", place, "--level", "low")).code == 2
        assert (await simgate("detection", place, "--enable", "--level", "middle")).code == 2


async def test_probe_of_a_tty_that_the_agent_holds_says_so(tmp_path: Path) -> None:
    async with selling(tmp_path) as rack:
        one_line(await simgate("probe", str(rack.port(1).path)), 1, "taken by another process")
        assert stat.S_ISSOCK(rack.gateway.settings.control.stat().st_mode)
        assert (await rack.slot(1))["on_sale"]
