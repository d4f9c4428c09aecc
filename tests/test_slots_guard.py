"""What runs on its lease alone, and the loud word when many modems go silent together: once each, and in time."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from cards import ANNA, HOME, SEARCHING, SILENT, UNPLUGGED, walks
from hypothesis import given
from hypothesis import strategies as st

from agent.sim.identity import Iccid, Msisdn
from agent.slots import guard, reasons
from agent.slots.events import CardRead, CardSeen, Event, LineIn, LineOut, ModemUp
from agent.slots.guard import Guard, Level
from agent.slots.roster import Offer, Roster, roster
from agent.slots.slot import Slot, first, step

POLL, LEASE = 8.0, 30.0
FRESH = 13.0  # one poll and some slack
NAMES = tuple("abcdefgh")


class Rack:
    """Slots with a guard before them; time moves when told to."""

    def __init__(self, count: int) -> None:
        self.now = 0.0
        self.slots: dict[str, Slot] = {}
        self.guard: Guard = guard.begin(POLL, LEASE)
        for at, name in enumerate(NAMES[:count]):
            card = replace(ANNA, iccid=Iccid(f"894920000000000010{at}"), msisdn=Msisdn(f"49172791192{at:02}", 49))
            self.slots[name] = step(step(first(has_line=True), LineIn(), 0.0)[0], CardRead(card, HOME), 0.0)[0]

    def happen(self, event: Event, names: str) -> None:
        for name in names:
            self.slots[name] = step(self.slots[name], event, self.now)[0]

    def read(self, names: str) -> None:
        """The same card is read again."""
        for name in names:
            card = self.slots[name].card
            assert card is not None
            self.slots[name] = step(step(self.slots[name], ModemUp(), self.now)[0], CardRead(card, HOME), self.now)[0]

    def roster(self) -> Roster:
        return roster([Offer(name) for name in self.slots], self.slots, {}, self.now, LEASE)

    def at(self, now: float, healthy: str = "") -> list[tuple[Level, str]]:
        """What is said at that moment; the `healthy` are seen each second until then."""
        said = []
        while self.now < now:
            self.now = min(now, self.now + 1.0)
            self.happen(CardSeen(HOME), healthy)
            said += self.look()
        return said + self.look()

    def look(self) -> list[tuple[Level, str]]:
        self.guard, said = guard.watch(self.guard, self.roster(), self.slots, self.now)
        return said

    def fading(self) -> Mapping[str, float]:
        return {one.slot: one.seconds for one in guard.fading(self.guard, self.roster(), self.slots, self.now)}

    def warning(self) -> str | None:
        return guard.warning(self.guard, self.roster(), self.slots, self.now)


@pytest.mark.parametrize("event", [SILENT, UNPLUGGED])
def test_a_hub_that_drops_is_told_when_it_drops_when_its_numbers_leave_and_when_it_is_back(event: Event) -> None:
    rack = Rack(6)
    assert rack.at(5, "abcdef") == []
    rack.happen(event, "abcd")
    assert rack.look() == []
    ((level, text),) = rack.at(8, "ef")
    assert level is Level.WARNING
    assert "4 of 6 numbers" in text
    assert "(a, b, c, d)" in text
    assert "29 s" in text
    assert all(word in text for word in ("hub", "power", "USB host"))
    assert rack.warning() is not None
    assert rack.at(35, "ef") == []
    ((level, text),) = rack.at(40, "ef")
    assert level is Level.ERROR
    assert "4 have left the list (a, b, c, d)" in text
    assert rack.at(900, "ef") == []
    rack.read("abcd")
    ((level, text),) = rack.at(901, "abcdef")
    assert (level, rack.warning()) == (Level.INFO, None)
    assert "a, b, c, d" in text
    assert rack.at(2000, "abcdef") == []


def test_modems_that_are_back_in_time_take_the_warning_back_without_an_error() -> None:
    rack = Rack(3)
    rack.happen(UNPLUGGED, "abc")
    assert [level for level, _ in rack.at(3)] == [Level.WARNING]
    rack.read("abc")
    assert [level for level, _ in rack.at(60, "abc")] == [Level.INFO]


@pytest.mark.parametrize(
    ("count", "gone", "loud"), [(6, "abc", True), (7, "abc", False), (8, "abcd", True), (2, "ab", False), (3, "abc", True)]
)
def test_it_takes_three_and_half_of_what_is_on_sale(count: int, gone: str, loud: bool) -> None:
    rack, rest = Rack(count), "".join(NAMES[len(gone) : count])
    rack.happen(UNPLUGGED, gone)
    said = rack.at(29, rest)
    assert bool(said) is loud
    assert (rack.warning() is not None) is loud


def test_modems_that_hang_without_a_word_are_noticed_after_one_poll_and_some_slack() -> None:
    rack = Rack(4)
    assert rack.at(FRESH) == []
    assert rack.fading() == {}
    assert rack.guard.look_again == pytest.approx(FRESH, abs=0.01)
    assert [level for level, _ in rack.at(FRESH + 3)] == [Level.WARNING]
    assert rack.fading() == {name: pytest.approx(LEASE - FRESH - 3, abs=0.01) for name in "abcd"}


def test_what_goes_within_a_second_is_told_together_and_stragglers_are_not_told_again() -> None:
    rack = Rack(8)
    rack.happen(UNPLUGGED, "abcd")
    assert rack.look() == []
    assert rack.guard.look_again == pytest.approx(1.0, abs=0.01)
    rack.now = 0.5
    rack.happen(UNPLUGGED, "ef")
    assert rack.look() == []
    rack.now = 1.0
    ((_, text),) = rack.look()
    assert "a, b, c, d, e, f" in text
    rack.happen(UNPLUGGED, "g")
    assert rack.at(20, "h") == []
    assert "g" in (rack.warning() or "").partition("(")[2].partition(")")[0].split(", ")


def test_a_second_hub_is_told_although_the_first_one_is_known_of() -> None:
    rack = Rack(8)
    rack.happen(UNPLUGGED, "abcd")
    assert [level for level, _ in rack.at(200, "efgh")] == [Level.WARNING, Level.ERROR]
    rack.happen(UNPLUGGED, "efg")
    ((level, text),) = rack.at(205, "h")
    assert (level, "(e, f, g)" in text) == (Level.WARNING, True)


def test_a_blink_shorter_than_a_moment_is_not_worth_a_word() -> None:
    rack = Rack(3)
    rack.happen(UNPLUGGED, "abc")
    assert rack.look() == []
    rack.now = 0.5
    rack.read("abc")
    assert rack.at(20, "abc") == []


def test_lines_that_fall_together_are_knowledge_and_no_alarm() -> None:
    rack = Rack(6)
    rack.happen(LineOut(), "abcdef")
    assert rack.at(60) == []
    assert rack.warning() is None


def test_those_that_never_come_back_are_named_when_the_others_do() -> None:
    rack = Rack(4)
    rack.happen(UNPLUGGED, "abcd")
    rack.at(5)
    rack.read("abc")
    ((level, text),) = rack.at(6, "abc")
    assert (level, "not yet: d" in text) == (Level.INFO, True)


def test_a_search_for_the_network_is_fading_too_and_no_alarm() -> None:
    rack = Rack(3)
    for now in range(1, 21):
        rack.now = now
        rack.happen(CardSeen(SEARCHING), "abc")
    assert rack.look() == []
    assert rack.fading() == {name: pytest.approx(10, abs=0.01) for name in "abc"}
    first_one = guard.fading(rack.guard, rack.roster(), rack.slots, rack.now)[0]
    assert "searching" in first_one.why
    assert "10 s left" in reasons.on_lease(first_one)


@pytest.mark.parametrize(("poll", "lease"), [(8.0, 30.0), (8.0, 9.0), (0.1, 1.0), (3600.0, 86400.0)])
def test_a_missed_poll_shows_before_the_lease_ends(poll: float, lease: float) -> None:
    assert poll < guard.begin(poll, lease).fresh < lease


def test_after_a_start_the_slots_that_were_not_heard_in_time_are_told_when_they_are_many() -> None:
    assert guard.unread(["a", "b"], 2) is None
    assert guard.unread(["a", "b", "c"], 7) is None
    text = guard.unread(["a", "b", "c"], 6) or ""
    assert "3 of 6 numbers" in text
    assert "a, b, c" in text


@given(st.lists(walks, min_size=4, max_size=4), st.integers(0, 60))
def test_whatever_happens_each_word_comes_in_its_turn(stories: list[list[tuple[Event, int]]], after: int) -> None:
    rack, levels = Rack(4), list[Level]()
    for steps in zip(*stories, strict=False):
        for name, (event, pause) in zip("abcd", steps, strict=True):
            rack.now += pause / 4
            rack.happen(event, name)
            levels += [level for level, _ in rack.look()]
            assert rack.guard.look_again is None or rack.guard.look_again > rack.now
            assert all(len(alarm.slots) >= 3 for alarm in rack.guard.alarms)
    levels += [level for level, _ in rack.at(rack.now + after)]
    for end in range(len(levels)):
        so_far = levels[: end + 1]
        assert so_far.count(Level.WARNING) >= max(so_far.count(Level.ERROR), so_far.count(Level.INFO))
    assert len(rack.guard.alarms) == levels.count(Level.WARNING) - levels.count(Level.INFO)
    assert (rack.warning() is None) is (not rack.guard.alarms)


# -- reasons --


def test_a_number_that_comes_or_goes_says_where_and_why() -> None:
    rack = Rack(3)
    rack.happen(LineOut(), "b")
    found = rack.roster()
    assert reasons.added("+4917279119200", found, rack.slots) == "a: the SIM is in and can be sold (number from cnum)"
    assert reasons.removed("+4917279119201", "b", found) == "b: no SIM: the presence line says that the slot is empty"
    assert reasons.removed("+44", "a", found) == "a: the slot sells another number, +4917279119200"
    assert "no longer configured" in reasons.removed("+44", "z", found)
    assert reasons.removed("+44", None, found)
    assert "again" in reasons.removed("+4917279119200", "a", found)
