"""Cards, events and slots for the tests of what is on sale."""

from hypothesis import strategies as st

from agent.sim.identity import Card, Iccid, Imsi, Msisdn, Plmn
from agent.slots.events import (
    CardAbsent,
    CardChanged,
    CardLocked,
    CardRead,
    CardSeen,
    CardUnreadable,
    Event,
    Hint,
    LineIn,
    LineMoved,
    LineOut,
    LineUnreadable,
    ModemGone,
    ModemUp,
    Retry,
)
from agent.slots.roster import Offer, roster
from agent.slots.slot import Slot, State, first, step

ANNA = Card(Iccid("8949200000000000001"), Imsi("262011106487504"), Plmn("262", "01"), "ef_ad", Msisdn("4917279119183", 49), "cnum")
BERT = Card(Iccid("8949200000000000002"), Imsi("262011106487505"), Plmn("262", "01"), "ef_ad", Msisdn("491720400305", 49), "ef_msisdn")
NAMELESS = Card(Iccid("8949200000000000003"), Imsi("262011106487506"), Plmn("262", "01"), "ef_ad")

HOME, SEARCHING, DENIED, ROAMING, EMERGENCY = 1, 2, 3, 5, 8  # <stat> of TS 27.007 7.2

UNPLUGGED = ModemGone("its tty is gone")
UNREADABLE = LineUnreadable("the presence line cannot be read")
SILENT = ModemGone("the modem does not answer")

cards = st.sampled_from([ANNA, BERT, NAMELESS])
stats = st.none() | st.integers(0, 11)
# The walks go mostly along what can follow: a line that settles, a modem that comes, a card that is read.
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(CardRead, cards, stats),
    st.builds(CardRead, cards, st.just(HOME)),
    st.builds(CardSeen, stats),
    st.sampled_from([LineMoved(), LineIn(), LineOut(), ModemUp(), SILENT, UNPLUGGED, Hint(), CardChanged(), Retry(), UNREADABLE]),
    st.sampled_from([LineIn(), ModemUp(), Hint(), Retry()]),
    st.sampled_from([CardAbsent("no SIM"), CardLocked("PIN wanted"), CardUnreadable("busy"), CardUnreadable("no IMSI", BERT.iccid)]),
)
walks = st.lists(st.tuples(events, st.integers(0, 20)), max_size=30)
LEASE = 30


def walk(*events: Event, has_line: bool = True, start: float = 0.0) -> Slot:
    """The slot after these events, one a second."""
    slot = first(has_line=has_line)
    for second, event in enumerate(events):
        slot, _ = step(slot, event, start + second)
    return slot


def on_sale(slot: Slot, now: float) -> bool:
    return bool(roster([Offer("a")], {"a": slot}, {}, now, LEASE).snapshot.listings)


def reach(state: State) -> Slot:
    """A slot in that state by the shortest way a rack would take."""
    ways: dict[State, tuple[Event, ...]] = {
        State.EMPTY: (LineOut(),),
        State.SETTLING: (),
        State.OFFLINE: (LineIn(), SILENT),
        State.READING: (LineIn(),),
        State.NO_SIM: (LineIn(), CardAbsent("no SIM")),
        State.LOCKED: (LineIn(), CardLocked("PIN wanted")),
        State.FAILED: (LineIn(), CardUnreadable("busy")),
        State.READY: (LineIn(), CardRead(ANNA, HOME)),
    }
    slot = walk(*ways[state])
    assert slot.state is state
    return slot
