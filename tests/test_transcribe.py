"""The synthetic transcripts: every family has every scene, and the agent that writes one reads the same out of it."""

import re
from functools import cache
from pathlib import Path

import pytest
import transcribe

from agent.modems.library import shipped
from agent.modems.replay import Player, replay
from agent.modems.transcripts import Mark, Transcript, parse_transcript
from hw.simulated.family import families

FAMILIES = (Path(__file__).parents[1] / "hw/simulated/families.toml").read_text("utf-8")
SOURCES = transcribe.sources(FAMILIES)
NOTES = shipped()

every_family = pytest.mark.parametrize("family", sorted(families()))


@cache
def written(family: str, scene: str) -> Transcript:
    return transcribe.transcript(family, scene, SOURCES[family])


@every_family
def test_a_family_has_every_scene_and_each_says_that_it_is_synthetic(family: str) -> None:
    for scene in transcribe.SCENES:
        file = transcribe.HOME / family / f"{scene}.at"
        assert file.exists(), "python -m tests.transcribe writes it"
        header = parse_transcript(str(file), file.read_text("utf-8")).header
        assert header.modem == family
        assert header.synthetic.startswith("simgate's simulated modem, from ")


@every_family
def test_what_is_written_is_read_back_question_by_question(family: str) -> None:
    for scene in transcribe.SCENES:
        transcript = written(family, scene)
        found = replay(Player(transcript), NOTES.profiles, NOTES.urcs)
        assert found.missed(transcript.header.expect) == [], scene
        assert (found.unanswered, found.asked_again, found.not_asked, found.late) == ((), (), (), ()), scene


@every_family
def test_a_scene_shows_what_it_is_called(family: str) -> None:
    told = {scene: [line.octets for line in written(family, scene).lines if line.mark is Mark.EVENT] for scene in transcribe.SCENES}
    assert told == {
        **{scene: [] for scene in transcribe.SCENES},
        "boot": [b"modem switched on"],
        "sim-out": [b"SIM pulled"],
        "sim-in": [b"SIM put in"],
    }
    expected = {scene: [expect["sim_state"] for expect in written(family, scene).header.expect] for scene in transcribe.SCENES}
    assert expected["sim-out"] == ["ready", "absent"]
    assert expected["sim-in"] == ["absent", "ready"]
    storm = [line for line in written(family, "urc-storm").lines if line.octets.strip() in (b"RING", b"+CREG: 1")]
    assert len(storm) > 5
    assert written(family, "slow").lines[-1].ms > 30_000


def test_the_same_scene_is_written_the_same_way_twice() -> None:
    for scene in transcribe.SCENES:
        assert transcribe.transcript("quectel-ec25", scene, "x") == transcribe.transcript("quectel-ec25", scene, "x")


def test_a_source_is_the_first_sentence_below_the_family() -> None:
    text = "[family.a]\n# Maker AT Manual V2.0\n# of 2019. The rest.\nx = 1\n\n[family.b]\ny = 2\n"
    assert transcribe.sources(text) == {"a": "Maker AT Manual V2.0 of 2019", "b": "families.toml"}
    assert set(SOURCES) == set(families())


def test_one_command_writes_them_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcribe, "HOME", tmp_path)
    transcribe.main(["generic"])
    found = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.at"))
    assert found == sorted(f"generic/{scene}.at" for scene in transcribe.SCENES)
    assert re.search(r"^expect: sim_state=ready ", (tmp_path / "generic/boot.at").read_text(), re.MULTILINE)
