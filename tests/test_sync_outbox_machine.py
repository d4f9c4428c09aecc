"""The outbox beside the simplest thing that could be right, through any order of calls, kills and broken files."""

import shutil
import tempfile
from pathlib import Path

import memory
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from owed import NOON, by_hand, listing, number, record

from agent.modems.pin import Outcome
from agent.sim.identity import Card, Msisdn
from agent.slots.listing import Snapshot
from agent.sync.outbox import Outbox

KEPT = 4
SIMS = st.integers(0, 4)
RACK = st.frozensets(SIMS)


def key(n: int) -> tuple[str, str]:
    return listing(n).iccid.digits, number(n)


class Model:
    """What has been recorded, and what of it is on the disk."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.lists: dict[int, frozenset[int]] = {}
        self.sent = self.sent_on_disk = 0
        self.began: dict[int, float | None] = {}
        self.seen: dict[int, float] = {}
        self.held: set[int] = set()
        self.cards: dict[int, Card] = {}
        self.lines: dict[int, list[Outcome]] = {}
        self.doubt = False
        self.salvaged: dict[int, float] = {}

    @property
    def newest(self) -> frozenset[int] | None:
        """The list of now."""
        return self.lists[self.ids[-1]] if self.ids else None


class Machine(RuleBasedStateMachine):
    """Every rule does the same to both; `now` is monotonic seconds, and the wall clock is NOON more."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Path(tempfile.mkdtemp(prefix="simgate-test-", dir=memory.PLACE))
        self.turn = 0
        self.now = 0.0
        self.model = Model()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("agent.sync.outbox.KEPT", KEPT)
        self.patch.setattr("agent.sync.ledger._COST", {"n": 2, "r": 1, "p": 1})
        self.outbox = Outbox.open(self.path)

    @property
    def path(self) -> Path:
        """The file of now."""
        return self.room / str(self.turn) / "simgate.db" if self.turn else self.room / "simgate.db"

    def teardown(self) -> None:
        """Nothing is left behind."""
        self.outbox.close()
        self.patch.undo()
        shutil.rmtree(self.room)

    def wrote(self) -> None:
        """Any transaction takes along what waited."""
        self.model.sent_on_disk = self.model.sent

    # The rules -------------------------------------------------------------------------------------------------------

    @initialize(rack=RACK)
    def first(self, rack: frozenset[int]) -> None:
        """A rack."""
        self.records(rack, True)

    @rule(rack=RACK, clock_ok=st.booleans())
    def records(self, rack: frozenset[int], clock_ok: bool) -> None:
        """These SIMs, and no others, are in the rack and on sale."""
        self.now += 10
        model, wall = self.model, NOON + self.now if clock_ok else None
        change = record(self.outbox, *rack, wall=wall, monotonic=self.now)
        model.seen = {n: model.seen.get(n, self.now) for n in rack}
        assert (change is not None) == (rack != model.newest)
        freed = model.held - rack
        model.held -= freed
        if change is None:
            if freed:
                self.wrote()
            return
        assert not model.ids or change.id > model.ids[-1]
        known = {**model.salvaged, **model.began}
        model.began = {n: known.get(n, wall) for n in rack}
        model.salvaged = {}
        model.ids.append(change.id)
        model.lists[change.id] = rack
        self.wrote()

    @precondition(lambda self: self.model.ids)
    @rule(pick=st.integers(0, 30))
    def delivers(self, pick: int) -> None:
        """The endpoint has said 1 to the list of some change, new or old."""
        told = self.model.ids[-1 - pick % len(self.model.ids)]
        waiting = [change.id for change in self.outbox.pending()]
        self.outbox.delivered(told, {number(n): n for n in self.model.lists[told]})
        gone = [one for one in waiting if one not in {change.id for change in self.outbox.pending()}]
        assert all(one <= told for one in gone), "a row goes only after its delivery"
        self.model.sent = max([self.model.sent, *gone])

    @rule()
    def settles(self) -> None:
        """The clock is right."""
        unknown = [n for n, began in self.model.began.items() if began is None]
        self.outbox.settle(NOON + self.now + 3, self.now + 3)
        for n in unknown:
            self.model.began[n] = NOON + self.model.seen.get(n, self.now + 3)
        if unknown:
            self.wrote()

    @rule(n=SIMS)
    def quarantines(self, n: int) -> None:
        """The endpoint refuses a number."""
        self.outbox.quarantine(number(n), "NUMBER_FORMAT_ERROR", NOON, "plus")
        self.model.held.add(n)
        self.wrote()

    @rule(n=SIMS)
    def releases(self, n: int) -> None:
        """A person lets it out."""
        assert self.outbox.release(number(n)) == (n in self.model.held)
        if n in self.model.held:
            self.model.held.remove(n)
            self.wrote()

    @rule(n=SIMS, tail=st.integers(0, 1))
    def remembers(self, n: int, tail: int) -> None:
        """A card was read."""
        card = Card(listing(n).iccid, msisdn=Msisdn(f"44770090010{tail}", 44), number_from="cnum")
        self.outbox.cards.remember(card, NOON + self.now)
        self.model.cards[n] = card

    @rule(n=SIMS)
    def gives_a_pin(self, n: int) -> None:
        """A line of the ledger."""
        self.outbox.ledger.pin_came_back(self.outbox.ledger.pin_goes_out(listing(n).iccid, "9999", 3), Outcome.REFUSED)
        self.model.lines.setdefault(n, []).append(Outcome.REFUSED)

    @rule()
    def ends(self) -> None:
        """And comes back."""
        self.outbox.close()
        self.wrote()
        self.back()

    @rule()
    def is_killed(self) -> None:
        """What is on the disk at this moment is all that there is."""
        old = self.path
        self.turn += 1
        self.path.parent.mkdir()
        for suffix in ("", "-wal"):
            shutil.copy(old.with_name(old.name + suffix), self.path.with_name(self.path.name + suffix))
        self.outbox.close()
        self.model.sent = self.model.sent_on_disk
        self.back()

    @rule()
    def changes_are_broken(self) -> None:
        """A row that nobody understands: all else is saved."""
        self.outbox.close()
        by_hand(self.path, "INSERT INTO changes VALUES (999999, 0, 0, '[[]]', '[]', NULL)")
        model = self.model
        model.salvaged |= {n: began for n, began in model.began.items() if began is not None}
        self.begin_anew()

    @rule()
    def everything_is_broken(self) -> None:
        """No octet is left."""
        self.outbox.close()
        self.path.write_bytes(b"nothing" * 1000)
        self.model.salvaged, self.model.held, self.model.cards, self.model.lines = {}, set(), {}, {}
        self.model.doubt = True
        self.begin_anew()

    def begin_anew(self) -> None:
        """A new file."""
        model = self.model
        model.ids, model.lists, model.began, model.sent, model.sent_on_disk = [], {}, {}, 0, 0
        self.back()

    def back(self) -> None:
        """After a restart beginnings that were not known are counted from then."""
        self.now += 100
        self.model.seen = {}
        self.outbox = Outbox.open(self.path)

    # What is always true ---------------------------------------------------------------------------------------------

    @invariant()
    def the_waiting_changes_lead_from_the_list_delivered_to_the_newest(self) -> None:
        """Nothing is lost."""
        model, waiting = self.model, self.outbox.pending()
        last = self.outbox.last_delivered()
        assert (last is None) == (model.sent == 0)
        there = set((last or Snapshot()).listings)
        if model.sent:
            assert there == {listing(n) for n in model.lists[model.sent]}
        for change in waiting:
            there = there - set(change.removed) | set(change.added)
            assert there == set(change.snapshot.listings) == {listing(n) for n in model.lists[change.id]}
        assert [change.id for change in waiting][-1:] == [one for one in model.ids if one > model.sent][-1:]
        assert len(waiting) == min(KEPT, len([one for one in model.ids if one > model.sent]))
        newest = self.outbox.newest()
        assert (newest and {listing(n) for n in model.newest or ()}) == (newest and set(newest.snapshot.listings))
        assert (newest is None) == (not model.ids)

    @invariant()
    def beginnings_do_not_change_while_a_listing_lasts(self) -> None:
        """Nothing is false."""
        assert self.outbox.starts() == {key(n): int(began) for n, began in self.model.began.items() if began is not None}

    @invariant()
    def what_is_set_aside_or_known_stays(self) -> None:
        """Over every restart."""
        assert [held.number for held in self.outbox.quarantined()] == sorted(map(number, self.model.held))
        for n in range(5):
            assert self.outbox.cards.recall(listing(n).iccid) == self.model.cards.get(n)
            assert self.outbox.ledger.pin_doubt(listing(n).iccid) == (self.model.doubt and n not in self.model.lines)


# A story of 25 steps can be read as it is; making it shorter would take minutes of fsync.
Machine.TestCase.settings = settings(max_examples=15, stateful_step_count=25, phases=[Phase.generate])
TestOutbox = Machine.TestCase
