"""The modem's own card detection: switched on only while a SIM is seen, and put back when it hides that SIM."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from rack import sim

from agent.errors import DetectionError
from agent.modems.attach import Notes
from agent.modems.detection import Switching
from agent.modems.library import shipped
from agent.modems.notes import Ask, Detection
from agent.ports import Wiring
from hw.board import build
from hw.simulated.modem import SimulatedModem
from hw.simulated.rack import Rack
from hw.simulated.sim import SimulatedSim
from hw.simulated.state import Quirks

# Quectel EC2x AT manual, +QSIMDET; SIMCom SIM7500_SIM7600 AT manual, +UIMHOTSWAPON and +UIMHOTSWAPLEVEL.
SWITCHES = {
    "quectel-ec25": Detection(
        Ask("AT+QSIMDET?", ("+QSIMDET:",), 5.0, ""),
        r"\+QSIMDET ?: ?1,",
        r"\+QSIMDET ?: ?0,",
        ("AT+QSIMDET=1,{level}",),
        ("AT+QSIMDET=0,0",),
        needs_restart=True,
    ),
    "simcom-sim7600": Detection(
        Ask("AT+UIMHOTSWAPON?", ("+UIMHOTSWAPON:",), 5.0, ""),
        r"\+UIMHOTSWAPON: ?1",
        r"\+UIMHOTSWAPON: ?0",
        ("AT+UIMHOTSWAPLEVEL={level}", "AT+UIMHOTSWAPON=1"),
        ("AT+UIMHOTSWAPON=0",),
        needs_restart=True,
    ),
}
OFF = {"quectel-ec25": {"+QSIMDET": "0,0"}, "simcom-sim7600": {"+UIMHOTSWAPON": "0"}}
WRITES = ("AT+QSIMDET=", "AT+UIMHOTSWAP", "AT+CFUN=", "AT+CRESET")


def notes(switches: Mapping[str, Detection]) -> Notes:
    known = shipped()
    return Notes([replace(profile, detection=switches.get(profile.name)) for profile in known.profiles], known.roles)


@dataclass
class Bench:
    modem: SimulatedModem
    switching: Switching
    told: list[str] = field(default_factory=list)

    @property
    def written(self) -> list[str]:
        """What changed the modem."""
        return [line for line in self.modem.log if line.startswith(WRITES) and not line.endswith("?")]


@contextmanager
def bench(
    tmp_path: Path,
    family: str,
    card: SimulatedSim | None,
    nv: dict[str, str] | None = None,
    switches: Mapping[str, Detection] = SWITCHES,
    quirks: Quirks | None = None,
) -> Iterator[Bench]:
    modem = SimulatedModem(family, card, delay=0.0, nv=OFF[family] if nv is None else nv, quirks=quirks)
    with Rack([modem], tmp_path) as rack:
        wiring = Wiring("bench", tty=str(rack.slot(1).path))
        board = build("mock", [wiring])
        told: list[str] = []
        try:
            yield Bench(modem, Switching(board.socket(wiring), notes(switches), told.append), told)
        finally:
            board.close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.modems.detection.PAUSE", 0.01)
    monkeypatch.setattr("agent.modems.detection.SEEN", 0.1)


async def test_showing_changes_nothing(tmp_path: Path) -> None:
    with bench(tmp_path, "quectel-ec25", sim()) as there:
        found = await there.switching.show()
        assert (found.on, found.said, found.note) == (False, "+QSIMDET: 0,0", "quectel-ec25")
        assert found.iccid is not None
        assert there.written == []


@pytest.mark.parametrize("family", SWITCHES)
async def test_it_is_switched_on_and_the_sim_is_still_seen_after_the_restart(family: str, tmp_path: Path) -> None:
    with bench(tmp_path, family, sim()) as there:
        assert not there.modem.state.matches(there.modem.family.reports)
        found = await there.switching.enable(low=True)
        assert found.on is True
        assert found.iccid is not None
        assert there.written[-1] in ("AT+CFUN=1,1", "AT+CRESET")
        assert not there.modem.state.matches(there.modem.family.hides)
        assert (await there.switching.undo()).on is False


@pytest.mark.parametrize("family", SWITCHES)
async def test_the_wrong_level_hides_the_sim_and_is_put_back_by_itself(family: str, tmp_path: Path) -> None:
    with bench(tmp_path, family, sim()) as there:
        with pytest.raises(DetectionError, match="hidden: card detection is off again"):
            await there.switching.enable(low=False)
        assert any("putting it back" in line for line in there.told)
        found = await there.switching.show()
        assert found.on is False
        assert found.iccid is not None


async def test_what_the_modem_says_before_it_has_restarted_proves_nothing(tmp_path: Path) -> None:
    late = Quirks(restart_after=0.3)
    with (
        bench(tmp_path, "quectel-ec25", sim(), quirks=late) as there,
        pytest.raises(DetectionError, match="hidden: card detection is off again"),
    ):
        await there.switching.enable(low=False)


@pytest.mark.parametrize("level", [True, False])
async def test_without_a_sim_nothing_is_switched_on(level: bool, tmp_path: Path) -> None:
    with bench(tmp_path, "quectel-ec25", None) as there:
        with pytest.raises(DetectionError, match="no SIM can be read"):
            await there.switching.enable(low=level)
        assert there.written == []


async def test_a_sim_that_waits_for_its_pin_is_proof_enough(tmp_path: Path) -> None:
    with bench(tmp_path, "quectel-ec25", sim(pin="1234")) as there:
        assert (await there.switching.enable(low=True)).on is True
        assert there.modem.sim is not None
        assert there.modem.sim.attempts == 3


async def test_without_a_level_nothing_is_guessed(tmp_path: Path) -> None:
    with bench(tmp_path, "quectel-ec25", sim()) as there:
        with pytest.raises(DetectionError, match="--level"):
            await there.switching.enable(low=None)
        assert there.written == []


async def test_what_is_on_already_is_left_as_it_is(tmp_path: Path) -> None:
    with bench(tmp_path, "quectel-ec25", sim(), nv={"+QSIMDET": "1,0"}) as there:
        assert (await there.switching.enable(low=False)).said == "+QSIMDET: 1,0"
        assert there.written == []


async def test_a_refusal_half_way_is_taken_back(tmp_path: Path) -> None:
    family = "simcom-sim7600"
    refused = replace(SWITCHES[family], enable=("AT+UIMHOTSWAPON=1", "AT+UIMHOTSWAPLEVEL=2"))
    with bench(tmp_path, family, sim(), switches={family: refused}) as there:
        with pytest.raises(DetectionError, match="refuses"):
            await there.switching.enable(low=True)
        assert there.written == ["AT+UIMHOTSWAPON=1", "AT+UIMHOTSWAPLEVEL=2", "AT+UIMHOTSWAPON=0"]
        assert (await there.switching.show()).on is False


async def test_a_switch_that_needs_no_restart_gets_none(tmp_path: Path) -> None:
    family = "simcom-sim7600"
    with bench(tmp_path, family, sim(), switches={family: replace(SWITCHES[family], needs_restart=False)}) as there:
        assert (await there.switching.enable(low=True)).on is True
        assert there.written == ["AT+UIMHOTSWAPLEVEL=0", "AT+UIMHOTSWAPON=1"]


async def test_what_is_off_already_is_not_undone(tmp_path: Path) -> None:
    with bench(tmp_path, "quectel-ec25", sim()) as there:
        assert (await there.switching.undo()).on is False
        assert there.written == []


async def test_a_setting_that_is_not_understood_is_not_touched(tmp_path: Path) -> None:
    with bench(tmp_path, "quectel-ec25", sim(), nv={"+QSIMDET": "7"}) as there:
        assert (await there.switching.show()).on is None
        with pytest.raises(DetectionError, match="not understood"):
            await there.switching.enable(low=True)
        assert there.written == []


async def test_undo_also_brings_back_a_sim_that_somebody_else_hid(tmp_path: Path) -> None:
    with bench(tmp_path, "quectel-ec25", sim(), nv={"+QSIMDET": "1,1"}) as there:
        assert (await there.switching.show()).iccid is None
        await there.switching.undo()
        assert (await there.switching.show()).iccid is not None


@pytest.mark.parametrize("family", ["generic", "sierra-mc7455"])
async def test_a_modem_whose_note_knows_no_switch_is_left_alone(family: str, tmp_path: Path) -> None:
    with bench(tmp_path, family, sim(), nv={}) as there:
        for action in (there.switching.show(), there.switching.enable(low=True), there.switching.undo()):
            with pytest.raises(DetectionError, match="knows no card detection"):
                await action
        assert there.written == []


SHIPPED = {profile.name: profile.detection for profile in shipped().profiles if profile.detection}


@pytest.mark.parametrize("family", SHIPPED)
async def test_what_a_shipped_note_says_of_its_switch_works_on_its_simulated_modem(family: str, tmp_path: Path) -> None:
    with bench(tmp_path, family, sim(), nv={}, switches=SHIPPED) as there:
        assert (await there.switching.show()).on is not None
        assert (await there.switching.undo()).on is False
        with suppress(DetectionError):  # this holder's switch may be high with a card in
            await there.switching.enable(low=True)
        found = await there.switching.enable(low=False)
        assert found.on is True
        assert found.iccid is not None
        assert not there.modem.forbidden


async def test_the_commands_of_a_note_get_the_level_of_the_holder() -> None:
    switch = SWITCHES["simcom-sim7600"]
    assert switch.needs_level
    assert switch.enabling(low=True) == ("AT+UIMHOTSWAPLEVEL=0", "AT+UIMHOTSWAPON=1")
    assert switch.enabling(low=False) == ("AT+UIMHOTSWAPLEVEL=1", "AT+UIMHOTSWAPON=1")
    assert not replace(switch, enable=("AT#SIMDET=2",)).needs_level
