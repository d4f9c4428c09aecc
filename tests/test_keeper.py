"""One slot on a real pty: what happens to the SIM, the line and the modem, and what the slot then says."""

import asyncio
import os
from pathlib import Path

import pytest
from rack import berth, berth_on, sim

from agent.slots.events import CardAbsent
from agent.slots.slot import State
from hw.simulated.family import families
from hw.simulated.modem import SimulatedModem
from hw.simulated.rack import Rack
from hw.simulated.state import Quirks

FAMILIES = list(families())


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_sim_is_identified_whatever_the_modem(family: str, tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem(family, sim(), delay=0.0)) as slot:
        found = await slot.ready()
        assert found.card is not None
        assert (str(found.card.plmn), str(found.card.msisdn), found.card.mnc_length_from) == ("23415", "+447700900123", "ef_ad")
        assert (found.card.iccid.digits, found.registration) == ("8944200053671052491", 1)


@pytest.mark.parametrize("place", ["cnum", "ef_msisdn", "phonebook"])
async def test_the_number_is_found_wherever_the_card_keeps_it(place: str, tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("quectel-ec25", sim(number_in=place), delay=0.0)) as slot:
        found = await slot.ready()
        assert found.card is not None
        assert (str(found.card.msisdn), found.card.number_from) == ("+447700900123", place)


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_pulled_sim_is_noticed_with_and_without_urc(family: str, tmp_path: Path) -> None:
    for silent in (False, True):
        async with berth(tmp_path / str(silent), SimulatedModem(family, sim(), delay=0.0)) as slot:
            await slot.ready()
            slot.port.eject(silent=silent)
            gone = await slot.until(lambda now: now.state is State.NO_SIM)
            assert gone.card is None
            slot.port.insert()
            await slot.ready()


async def test_a_urc_is_believed_before_the_next_poll(tmp_path: Path) -> None:
    modem = SimulatedModem("quectel-ec25", sim(), delay=0.0, nv={"qsimdet": "1,1"})
    async with berth(tmp_path, modem, poll=3600) as slot:
        await slot.ready()
        slot.port.eject()
        await slot.until(lambda now: now.state is State.NO_SIM)


async def test_a_modem_that_answers_cpin_from_memory_is_found_out_by_the_iccid(tmp_path: Path) -> None:
    modem = SimulatedModem("generic", sim(), delay=0.0, quirks=Quirks(cached_cpin=True))
    async with berth(tmp_path, modem) as slot:
        await slot.ready()
        slot.port.eject()
        await slot.until(lambda now: now.card is None)


async def test_another_sim_between_two_polls_is_read_anew(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("generic", sim(1), delay=0.0)) as slot:
        await slot.ready()
        slot.port.eject(silent=True)
        slot.port.insert(sim(2, "+447700900124"))
        found = await slot.until(lambda now: now.card is not None and str(now.card.msisdn) == "+447700900124")
        assert found.card is not None
        assert found.card.iccid.digits == "8944200053671052492"
        assert all(str(one.card.msisdn) == "+447700900123" for one in slot.history if one.card and one.card.iccid.digits.endswith("1"))


async def test_the_line_alone_takes_a_number_off_although_the_modem_goes_on_answering(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("generic", sim(), delay=0.0), line=True) as slot:
        await slot.until(lambda now: now.state is State.EMPTY)
        slot.board.fake("insert", "rack1-01")
        await slot.ready()
        slot.board.fake("eject", "rack1-01")
        gone = await slot.until(lambda now: now.state is State.EMPTY)
        assert gone.card is None


async def test_a_card_that_is_in_at_the_start_is_seen_without_an_edge(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("generic", sim(), delay=0.0), line=True) as slot:
        slot.board.fake("insert", "rack1-01")  # the keeper has not run yet
        await slot.ready()
        assert all(one.state is not State.SETTLING for one in slot.history)


async def test_line_says_in_and_modem_says_none(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("quectel-ec25", None, delay=0.0), line=True) as slot:
        slot.board.fake("insert", "rack1-01")
        found = await slot.until(lambda now: now.state is State.NO_SIM)
        assert found.line is True


async def test_an_unplugged_modem_leaves_its_card_in_mind_for_the_lease_to_decide_and_reads_it_anew(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("quectel-ec25", sim(), delay=0.0)) as slot:
        ready = await slot.ready()
        slot.port.unplug()
        gone = await slot.until(lambda now: now.state is State.OFFLINE)
        assert gone.card == ready.card
        assert gone.why
        slot.port.plug()
        assert (await slot.ready()).seen > gone.seen


async def test_a_modem_that_comes_back_with_another_sim_says_so_at_once(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("quectel-ec25", sim(), delay=0.0)) as slot:
        await slot.ready()
        slot.port.unplug()
        await slot.until(lambda now: now.state is State.OFFLINE)
        slot.port.eject()
        slot.port.insert(sim(2, "+447700900124"))
        slot.port.plug()
        found = await slot.ready()
        assert found.card is not None
        assert str(found.card.msisdn) == "+447700900124"


async def test_a_modem_that_is_not_there_yet_is_found_when_it_comes(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("generic", sim(), delay=0.0)) as slot:
        slot.port.unplug()
        absent = await slot.until(lambda now: now.state is State.OFFLINE and now.why != "not looked at yet")
        assert "plug" in (absent.why or "")
        slot.port.plug()
        await slot.ready()


async def test_a_hung_modem_keeps_the_card_in_mind_for_the_lease_to_decide(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("generic", sim(), delay=0.0)) as slot:
        ready = await slot.ready()
        asked = slot.port.expect("AT")
        slot.port.hang()
        await asked
        assert slot.keeper.slot.card == ready.card


async def test_a_modem_that_answers_everything_with_error_says_so(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("generic", sim(), delay=0.0, quirks=Quirks(errors=True))) as slot:
        found = await slot.until(lambda now: "ERROR" in (now.why or ""))
        assert found.card is None


async def test_a_sim_that_is_busy_after_insertion_is_read_when_it_is_ready(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("quectel-ec25", sim(busy_for=0.2), delay=0.0)) as slot:
        await slot.ready()


async def test_a_locked_sim_asks_for_a_person_and_is_never_given_a_pin(tmp_path: Path) -> None:
    modem = SimulatedModem("quectel-ec25", sim(pin="1234"), delay=0.0)
    async with berth(tmp_path, modem) as slot:
        found = await slot.until(lambda now: now.state is State.LOCKED)
        assert "PIN" in (found.why or "")
        assert modem.sim is not None
        assert modem.sim.attempts == 3


@pytest.mark.parametrize(
    "quirks", [Quirks(noise=True), Quirks(chunks=True), Quirks(unquoted_alpha=True)], ids=["noise", "chunks", "unquoted"]
)
async def test_bad_habits_of_modems_change_nothing(quirks: Quirks, tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("quectel-ec25", sim(), delay=0.0, quirks=quirks)) as slot:
        found = await slot.ready()
        assert found.card is not None
        assert str(found.card.msisdn) == "+447700900123"


async def test_nothing_is_ever_written_to_a_modem_that_may_not_be(tmp_path: Path) -> None:
    modem = SimulatedModem("generic", sim(number=None), delay=0.0)
    async with berth(tmp_path, modem) as slot:
        found = await slot.ready()
        assert found.card is not None
        assert found.card.msisdn is None
        slot.port.eject()
        await slot.until(lambda now: now.state is State.NO_SIM)
    assert not modem.forbidden


async def test_an_answer_that_was_owed_to_somebody_before_us_is_not_taken_for_ours(tmp_path: Path) -> None:
    modem = SimulatedModem("quectel-ec25", sim(), delay=0.02, quirks=Quirks(slow={"AT+CGMR": 0.5}))
    with Rack([modem], tmp_path) as rack:
        port = rack.slot(1)
        before = os.open(port.path, os.O_RDWR | os.O_NOCTTY)
        asked = port.expect("AT+CGMR")
        os.write(before, b"AT+CGMR\r")
        await asked
        os.close(before)
        async with berth_on(port) as slot:
            found = await slot.ready()
            assert found.card is not None
            assert (str(found.card.msisdn), str(found.card.plmn)) == ("+447700900123", "23415")
            assert slot.keeper.modem is not None
            assert slot.keeper.modem.identity.model == "EC25"


async def test_a_reading_that_is_cancelled_leaves_no_answer_for_the_next_question(tmp_path: Path) -> None:
    modem = SimulatedModem("generic", sim(1), delay=0.0, quirks=Quirks(slow={"AT+CNUM": 0.3}))
    async with berth(tmp_path, modem, line=True, settle=0.0) as slot:
        asked = slot.port.expect("AT+CNUM")
        slot.board.fake("insert", "rack1-01")
        await asked
        slot.board.fake("eject", "rack1-01")
        await slot.until(lambda now: now.state is State.EMPTY)
        slot.port.eject(silent=True)
        slot.port.insert(sim(2, "+447700900124"))
        slot.board.fake("insert", "rack1-01")
        found = await slot.ready()
        assert found.card is not None
        assert (found.card.iccid.digits, str(found.card.msisdn)) == ("8944200053671052492", "+447700900124")


async def test_the_last_word_of_cancelled_work_is_not_heard(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("generic", sim(), delay=0.0)) as slot:
        await slot.ready()
        heard = len(slot.history)
        slot.keeper._post(0, CardAbsent("said by work that was cancelled long ago"))
        await slot.until(lambda _now: len(slot.history) > heard)
        assert all(one.state is State.READY for one in slot.history[heard:])


async def test_a_keeper_that_is_cancelled_leaves_nothing_behind(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("generic", sim(), delay=0.0)) as slot:
        await slot.ready()
    assert [task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
