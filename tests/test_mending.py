"""Every rung of the ladder, taken by the whole agent on a virtual clock: a modem or a card that only this rung brings back."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from simulation.board import PlacePower
from simulation.place import Place
from wedges import TIMING, scene

from agent.cli.one_slot import slot_table
from agent.errors import PowerError, TakenError
from agent.ports import Cut
from agent.requests import Requests

WEDGED_AT = 200.0  # seconds after the start: on sale since long
LIMIT = 600.0  # seconds within which every rung has been taken, with the start of a modem and a reading; README has the cool-downs


RUNGS: dict[str, tuple[str, Callable[[Place], int], frozenset[Cut], str]] = {
    "reopen": ("quectel-ec25", lambda place: place.busied("reopen"), frozenset(), "opens its port anew"),
    "sim_reset": ("quectel-ec25", lambda place: place.busied("power"), frozenset(), "restarts the SIM"),
    "cfun": ("cinterion-phs8", lambda place: place.busied("cfun"), frozenset(), "switches the modem off and on"),
    "modem_reset": ("quectel-ec25", lambda place: place.wedged("restart"), frozenset(Cut), "restarts the modem"),
    "usb_reset": ("quectel-ec25", lambda place: place.wedged("USB"), frozenset(Cut), "takes the modem off the USB"),
    "port_power": ("quectel-ec25", lambda place: place.wedged("PORT"), frozenset(Cut), "cuts the power of the modem's USB port"),
    "power_line": ("quectel-ec25", lambda place: place.wedged("LINE"), frozenset(Cut), "cuts the modem's power"),
}


@pytest.mark.parametrize("rung", RUNGS)
def test_a_wedge_that_only_one_rung_ends_is_ended_by_that_rung(rung: str) -> None:
    family, wedge, cuts, words = RUNGS[rung]
    with scene(family, cuts=cuts) as on:
        found: dict[str, Any] = {}
        on.at(WEDGED_AT - 1.0, lambda: found.update(before=on.on_sale()))
        on.at(WEDGED_AT, lambda: wedge(on.place))
        on.at(WEDGED_AT + LIMIT, lambda: found.update(after=on.on_sale(), recovery=on.recovery()))
        on.run(WEDGED_AT + LIMIT + 1.0)
        assert (found["before"], found["after"]) == (True, True), on.said
        assert found["recovery"]["rung"] == rung, on.said
        assert any(words in text for _, text in on.said)
        assert sum("works again" in text for _, text in on.said) == 1, on.said
        assert on.said[-1][1].startswith(f"{on.place.name}: the modem works again after "), on.said
        assert on.said[-1][1].endswith(rung.replace("_", " "))
        assert not on.place.troubles


def test_a_card_that_was_restarted_is_given_its_pin_again() -> None:
    # A modem that has no word for it that its card was restarted.
    with scene("ublox-sara", timing=replace(TIMING, lease=300.0), pin="1234") as on:
        found: dict[str, Any] = {}
        on.at(WEDGED_AT, lambda: on.place.busied("reopen"))
        # Its port was opened anew already: the card is restarted while what it said before still counts.
        on.at(WEDGED_AT + 300.0, lambda: on.place.busied("power"))
        on.at(WEDGED_AT + LIMIT, lambda: found.update(on_sale=on.on_sale(), recovery=on.recovery()))
        on.run(WEDGED_AT + LIMIT + 1.0)
        assert found["on_sale"], on.said
        assert found["recovery"]["rung"] == "sim_reset", on.said


def test_a_modem_that_is_seldom_asked_is_asked_once_more_before_anything_is_restarted() -> None:
    with scene(timing=replace(TIMING, poll=120.0, lease=300.0)) as on:
        place, asked = on.place, on.place.modem.on_command
        wedged: list[float] = []

        def wedge(text: str) -> None:
            asked(text)
            if not wedged and on.world.agenda.now > WEDGED_AT:
                wedged.append(on.world.agenda.now)
                number = place.wedged("nothing")
                on.world.agenda.after(35.0, lambda: place.free(number))  # over before the patience of the first rung is

        place.modem.on_command = wedge
        on.run(WEDGED_AT + 600.0)
        assert wedged, "it was asked while it hung"
        assert on.said == []


def test_a_modem_that_is_seldom_asked_is_asked_as_soon_as_a_rung_is_due() -> None:
    with scene(timing=replace(TIMING, poll=120.0, lease=300.0)) as on:
        on.at(WEDGED_AT, lambda: on.place.busied("power"))
        on.run(WEDGED_AT + LIMIT)
        tries = [moment for moment, text in on.said if " recovery " in text]
        assert len(tries) == 2, on.said  # its port, and its card
        assert tries[0] < WEDGED_AT + 120.0 + 42.0, "a poll, and the patience of the first rung"
        assert 25.0 <= tries[1] - tries[0] < 35.0, "the cool-down, and no poll"


class Lowest(random.Random):
    """Of the simulation's draws: a port that goes away says nothing."""

    def random(self) -> float:
        return 0.0


@pytest.mark.parametrize("what", Cut)
def test_a_port_that_does_not_end_with_its_modem_is_opened_anew_after_a_cut(what: Cut) -> None:
    with scene("cinterion-phs8", cuts=frozenset({what}), timing=replace(TIMING, poll=120.0, lease=300.0)) as on:
        place, sim, cuts = on.place, on.place.sim, list[float]()
        assert sim is not None
        place.watched, place._hints = False, Lowest()

        def cut(away: float) -> None:
            if away:
                cuts.append(on.world.agenda.now)
                sim.busy_for = 0.0

        place.reset = cut
        on.at(WEDGED_AT, lambda: setattr(sim, "busy_for", 1e9))
        on.run(WEDGED_AT + 1200.0)
        works = [moment for moment, text in on.said if "works again" in text]
        assert len(cuts) == len(works) == 1, on.said
        assert works[0] - cuts[0] < 20.0, "the cut, the start of the modem, and what is read of its card"


def test_what_nothing_ends_is_quarantined_and_tried_for_ever() -> None:
    with scene(cuts=frozenset({Cut.USB})) as on:
        found: dict[str, Any] = {}
        on.at(WEDGED_AT, lambda: on.place.wedged("nothing"))
        on.at(WEDGED_AT + 40_000.0, lambda: found.update(recovery=on.recovery(), ladder=on.gateway.keepers[on.place.name].mender.ladder))
        on.at(WEDGED_AT + 40_001.0, lambda: on.place.free(on.place.wedges))
        on.at(WEDGED_AT + 40_120.0, lambda: found.update(after=on.on_sale()))
        on.run(WEDGED_AT + 40_121.0)
        assert found["ladder"].quarantined
        tries = [moment for moment, text in on.said if " recovery " in text]
        assert tries[-1] - tries[-2] > 3600
        assert found["recovery"]["next"] > found["recovery"]["when"] + 3600
        assert found["after"] is True  # it is asked all the while


def test_a_cut_that_is_refused_is_told_once_a_try_and_the_ladder_goes_on() -> None:
    with scene(cuts=frozenset({Cut.USB, Cut.LINE})) as on:
        take = on.place.take

        def refusing(what: Cut) -> None:
            if what is Cut.USB:
                raise PowerError("authorized may not be written", "run install.sh again")
            take(what)

        on.place.take = refusing  # type: ignore[method-assign]
        found: dict[str, Any] = {}
        on.at(WEDGED_AT, lambda: on.place.wedged("LINE"))
        on.at(WEDGED_AT + LIMIT, lambda: found.update(after=on.on_sale(), recovery=on.recovery()))
        on.run(WEDGED_AT + LIMIT + 1.0)
        refusals = [text for _, text in on.said if "could not do that: authorized may not be written; run install.sh again" in text]
        assert len(refusals) == 1
        assert (found["after"], found["recovery"]["rung"]) == (True, "power_line")


def test_an_agent_that_is_told_to_end_in_the_middle_of_a_cut_ends_though_nothing_can_be_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with scene(cuts=frozenset({Cut.USB})) as on:
        began: list[float] = []

        async def cut(_power: PlacePower, _what: Cut) -> None:
            began.append(on.world.agenda.now)
            on.at(on.world.agenda.now + 1.0, lambda: on.lives.end("restart"))  # a Violation when it is not over in five seconds
            try:
                await asyncio.sleep(5.0)
            finally:
                raise PowerError("authorized is not there")

        monkeypatch.setattr(PlacePower, "cut", cut)
        on.at(WEDGED_AT, lambda: on.place.wedged("nothing"))
        on.run(WEDGED_AT + 500.0)
        assert began


def test_neighbours_that_hang_together_are_restarted_one_after_another() -> None:
    with scene(slots=4, cuts=frozenset({Cut.USB})) as on:
        cuts: list[tuple[float, str]] = []
        for place in on.world.places:
            on.at(WEDGED_AT, lambda place=place: place.wedged("USB"))  # type: ignore[misc]
            place.reset = lambda away, place=place: cuts.append((on.world.agenda.now, place.name)) if away else None  # type: ignore[misc]
        on.run(WEDGED_AT + 2400.0)
        assert {name for _, name in cuts} == {place.name for place in on.world.places}
        assert not any(place.troubles for place in on.world.places)
        for (before, one), (moment, other) in pairwise(cuts):
            assert one == other or moment - before >= 10.0


def test_modems_that_fall_in_one_instant_with_their_hub_are_given_power_again_one_after_another() -> None:
    with scene(slots=4, cuts=frozenset({Cut.PORT})) as on:
        cuts: list[tuple[float, str]] = []
        for place in on.world.places:
            place.watched = True
            on.at(WEDGED_AT, place.unplug)
            place.reset = lambda away, place=place: cuts.append((on.world.agenda.now, place.name)) if away else None  # type: ignore[misc]
        on.run(WEDGED_AT + 1200.0)
        assert {name for _, name in cuts} == {place.name for place in on.world.places}
        for (before, one), (moment, other) in pairwise(cuts):
            assert one == other or moment - before >= 90.0  # the cool-down of that rung, as none of them comes back


def test_a_tty_that_somebody_else_holds_is_no_reason_to_restart_anything() -> None:
    with scene(cuts=frozenset(Cut)) as on:
        resets: list[float] = []
        on.place.reset = resets.append

        def taken() -> None:
            on.place.refusing = TakenError("somebody has it", "end what has it")
            for port in [*on.place.ports]:
                port.hang_up()

        on.at(WEDGED_AT, taken)
        on.run(WEDGED_AT + 7200.0)
        assert resets == []


def test_status_and_slots_tell_what_was_done_for_a_modem_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    with scene(cuts=frozenset({Cut.LINE})) as on:
        found: dict[str, Any] = {}

        def look(name: str) -> None:
            requests = Requests(on.gateway)
            task = asyncio.get_running_loop().create_task(requests.status({}))
            task.add_done_callback(lambda done: found.update({name: done.result()}))

        on.at(WEDGED_AT - 1.0, lambda: look("well"))
        on.at(WEDGED_AT, lambda: on.place.wedged("LINE"))
        on.at(WEDGED_AT + 130.0, lambda: look("ill"))
        on.run(WEDGED_AT + 140.0)
        assert found["well"]["slots"][0]["recovery"] is None
        done = found["ill"]["slots"][0]["recovery"]
        assert set(done) == {"rung", "attempts", "when", "why", "next"}
        assert (done["rung"], done["attempts"]) == ("modem_reset", 3)
        assert done["when"] < done["next"]
        assert "the modem does not answer" in done["why"]
        slot_table(found["ill"]["slots"])
        assert "recovery: modem restarted" in capsys.readouterr().out
