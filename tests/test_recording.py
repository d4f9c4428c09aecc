"""`simgate record` on real ptys: what stands in the file, and what never does; `simgate replay` makes of it what the SIM is."""

import asyncio
import json
import os
import re
import sys
from contextlib import nullcontext, suppress
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from identities import leaks
from simulated_talk import LIMIT

from agent.cli.late import replay as replay_verb
from agent.cli.recording import Recorder
from agent.errors import PortError
from agent.modems.library import shipped
from agent.modems.replay import Player, Replay, replay
from agent.modems.transcripts import Mark, Transcript, parse_transcript
from hw.simulated.family import families
from hw.simulated.modem import SimulatedModem
from hw.simulated.rack import Rack
from hw.simulated.sim import SimulatedSim, fresh
from hw.simulated.state import Quirks

NOTES = shipped()
SIM = {"iccid": "8944200053671052499", "imsi": "234151234567890", "number": "+447700900123"}


def sim(**more: object) -> SimulatedSim:
    return SimulatedSim(**{**SIM, **more})  # type: ignore[arg-type]


async def recorded(directory: Path, modem: SimulatedModem, *, hopeless: bool = False) -> Transcript:
    """What `simgate record --seconds 0` writes: the greeting and two looks; `hopeless`: however far it comes."""
    with Rack([modem], directory) as rack:
        out = StringIO()
        recorder = Recorder(out)
        with suppress(PortError) if hopeless else nullcontext():
            async with asyncio.timeout(LIMIT):
                await recorder.run(str(rack.slot(1).path), 0)
        recorder.end()
    return parse_transcript("a.at", out.getvalue())


def played(transcript: Transcript) -> Replay:
    return replay(Player(transcript), NOTES.profiles, NOTES.urcs)


@pytest.mark.parametrize(
    ("family", "index"),
    [*((family, index) for index, family in enumerate(sorted(families()))), *(("generic", index) for index in range(6))],
)
async def test_a_recording_holds_nobody_s_identity_and_is_replayed_as_the_sim_it_was(tmp_path: Path, family: str, index: int) -> None:
    card = fresh(index)
    card.alpha = "Anna"
    modem = SimulatedModem(family, card, delay=0, serial=4711)
    imei = modem.state.imei
    transcript = await recorded(tmp_path, modem)
    assert card.number
    assert leaks(transcript, [card.iccid, card.imsi, card.number, imei]) == []
    assert "Anna" not in str(transcript)
    found = played(transcript)
    assert (found.unanswered, found.asked_again, found.not_asked, found.late) == ((), (), (), ())
    (conclusion,) = found.conclusions
    texts = {key: str(value) for key, value in conclusion.items()}
    assert texts["sim_state"] == "ready"
    assert (texts["operator"], texts["registration"]) == (card.plmn, "home")
    assert (texts["iccid"][:7], len(texts["iccid"])) == (card.iccid[:7], len(card.iccid))
    assert (texts["imsi"][:6], len(texts["imsi"])) == (card.imsi[:6], len(card.imsi))
    assert (texts["number"][:-6], len(texts["number"])) == (card.number[:-6], len(card.number))
    assert (texts["imei"][:8], len(texts["imei"])) == (imei[:8], 15)
    assert modem.forbidden == []


@pytest.mark.parametrize(
    "more",
    [
        {"number_type": 129, "written": "07912345678"},
        {"number_type": 161, "written": "7912345678", "number_in": "ef_msisdn"},
        {"number_type": 129, "written": "447912345678", "number_in": "phonebook"},
        {"record_length": 34, "number_in": "ef_msisdn", "alpha": "Anna"},
        {"usim": False},
        {"mnc_length": None},
        {"iccid": "898600700907A6019125"},
    ],
)
async def test_every_way_to_hold_a_number_is_scrubbed_and_still_one(tmp_path: Path, more: dict[str, object]) -> None:
    # The example of a mobile in the plan of GB: of a national number only a mobile of the plan is believed.
    card = sim(number="+447912345678", **more)
    transcript = await recorded(tmp_path, SimulatedModem("quectel-ec25", card, delay=0))
    assert leaks(transcript, [card.iccid, card.imsi, "+447912345678"]) == []
    (conclusion,) = played(transcript).conclusions
    assert str(conclusion["number"])[:7] == "+447912"


async def test_digits_that_come_in_pieces_between_noise_are_scrubbed(tmp_path: Path) -> None:
    quirks = Quirks(chunks=True, noise=True, amid={"": '+CLIP: "+447700900123",145'}, before={"": "^ICCID: 984402003576012594F9"})
    modem = SimulatedModem("quectel-ec25", sim(), delay=0, quirks=quirks)
    assert leaks(await recorded(tmp_path, modem, hopeless=True), [*SIM.values(), modem.state.imei]) == []


async def test_the_header_says_where_it_is_from(tmp_path: Path) -> None:
    header = (await recorded(tmp_path, SimulatedModem("quectel-ec25", None, delay=0))).header
    assert re.fullmatch(r"20\d\d-\d\d-\d\d with simgate [\d.]+", header.recorded)
    assert (header.modem, header.firmware, header.synthetic) == ("Quectel EC25", "EC25EFAR02A09M4G", "")


async def test_one_recording_has_other_pseudonyms_than_the_next(tmp_path: Path) -> None:
    first, second = [
        played(await recorded(tmp_path / name, SimulatedModem("generic", sim(), delay=0))).conclusions[0]["imsi"] for name in "ab"
    ]
    assert first != second


async def test_a_modem_that_says_nothing_is_a_recording_of_that() -> None:
    reading, writing = os.openpty()
    out = StringIO()
    recorder = Recorder(out)
    running = asyncio.create_task(recorder.run(os.ttyname(writing), 0))
    assert await asyncio.wait_for(asyncio.to_thread(os.read, reading, 100), LIMIT) == b"\x1bAT\r"
    os.close(reading)
    os.close(writing)
    with pytest.raises(PortError):
        await asyncio.wait_for(running, LIMIT)
    recorder.end()
    transcript = parse_transcript("a.at", out.getvalue())
    assert (transcript.header.modem, transcript.header.firmware) == ("unknown", "unknown")
    assert transcript.lines[0].octets == b"\x1bAT\r"


async def test_what_the_person_types_stands_between_the_lines_and_is_looked_at_at_once(tmp_path: Path) -> None:
    modem = SimulatedModem("quectel-ec25", sim(), delay=0, nv={"+QSIMDET": "0,0"})
    with Rack([modem], tmp_path) as rack:
        out = StringIO()
        recorder = Recorder(out)
        hears, types = os.pipe()
        looked = rack.slot(1).expect("AT+CREG?")
        running = asyncio.create_task(recorder.run(str(rack.slot(1).path), 1000, hears))
        await asyncio.wait_for(looked, LIMIT)
        rack.slot(1).eject(silent=True)
        asked = rack.slot(1).expect("AT+CFUN?")
        os.write(types, b"SIM pulled, +447700900123\n")
        await asyncio.wait_for(asked, LIMIT)
        os.close(types)
        running.cancel()
        await asyncio.wait([running])
        os.close(hears)
        recorder.end()
    transcript = parse_transcript("a.at", out.getvalue())
    (event,) = [line.octets for line in transcript.lines if line.mark is Mark.EVENT]
    assert event.startswith(b"SIM pulled, +447700")
    assert leaks(transcript, list(SIM.values())) == []


# -- the verbs --


async def record_verb(tty: str, file: Path) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "agent.cli", "record", tty, str(file), "--seconds", "0"),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.STDOUT,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await asyncio.wait_for(process.communicate(), LIMIT)
    return process.returncode, output.decode()


async def test_a_tty_that_is_not_there_leaves_no_file_and_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "a.at"
    code, output = await record_verb(str(tmp_path / "none"), file)
    assert (code, file.exists()) == (1, False)
    assert f"there is no tty {tmp_path / 'none'}" in output
    file.write_text("mine")
    code, output = await record_verb(str(file), file)
    assert (code, file.read_text()) == (1, "mine")
    assert "such a file already" in output


async def test_record_writes_a_file_that_replay_reads(tmp_path: Path) -> None:
    with Rack([SimulatedModem("quectel-ec25", sim(), delay=0)], tmp_path) as rack:
        code, output = await record_verb(str(rack.slot(1).path), tmp_path / "a.at")
    assert code == 0
    assert "read it before you send it" in output
    code, output = replayed(tmp_path / "a.at", "--json")
    assert code == 0
    assert json.loads(output)["operator"] == "23415"


def replayed(file: Path, *more: str) -> tuple[int, str]:
    done = CliRunner().invoke(replay_verb, [str(file), *more])
    return done.exit_code, done.output


def test_replay_shows_the_shape_of_probe_and_what_differs() -> None:
    file = Path(__file__).parents[1] / "firmware-notes/transcripts/quectel-ec25/sim-in.at"
    code, output = replayed(file, "--json")
    found = json.loads(output)
    assert code == 0
    # The keys of `simgate probe --json`, in their order.
    keys = (
        "manufacturer model firmware imei sim_state iccid imsi operator mnc_length_from number number_from country_id registration note why"
    )
    assert list(found) == [*keys.split(), "elapsed_ms", "before", "differences", "missed"]
    expected = parse_transcript(str(file), file.read_text()).header.expect[-1]
    assert expected["sim_state"] == "ready"
    assert {key: found[key] for key in expected} == expected
    assert [before["sim_state"] for before in found["before"]] == ["absent"]
    assert set(found["differences"]) == {"unanswered", "asked_again", "not_asked", "late"}


def test_replay_fails_when_the_header_expects_something_else(tmp_path: Path) -> None:
    file = tmp_path / "a.at"
    file.write_text("simgate transcript 1\nsynthetic: written from V.250\nmodem: x\nexpect: sim_state=ready\n\n0.000 > AT\\r\n")
    code, output = replayed(file)
    assert code == 1
    assert "expected and not concluded: sim_state=ready" in output
    assert "AT+CMEE?: not in the transcript, answered with ERROR" in output


def test_replay_of_what_is_no_transcript_names_file_and_line(tmp_path: Path) -> None:
    for text, what in ((b"\xff", "this is no text"), (b"hello", ":1: this is no transcript")):
        (tmp_path / "a.at").write_bytes(text)
        done = CliRunner().invoke(replay_verb, [str(tmp_path / "a.at")])
        assert what in str(done.exception)
    assert "cannot be read" in str(CliRunner().invoke(replay_verb, [str(tmp_path / "none.at")]).exception)
