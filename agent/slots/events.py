"""What can happen to a slot, and what a slot can want: the two vocabularies of the slot machine."""

from dataclasses import dataclass, field
from enum import Enum

from agent.sim.identity import Card, Iccid


@dataclass(frozen=True, slots=True)
class LineMoved:
    """The presence line has shown an edge: a hint that a card moved."""


@dataclass(frozen=True, slots=True)
class LineIn:
    """The presence line has held "card in" for the settle time."""


@dataclass(frozen=True, slots=True)
class LineOut:
    """The presence line has held "no card" for the settle time."""


@dataclass(frozen=True, slots=True)
class LineUnreadable:
    """The presence line cannot be read: whether a card is in is not known."""

    why: str


@dataclass(frozen=True, slots=True)
class ModemUp:
    """A modem answers on the slot's AT port."""


@dataclass(frozen=True, slots=True)
class ModemGone:
    """No modem can be asked: its tty is gone, or it fell silent. That says nothing of the card."""

    why: str


@dataclass(frozen=True, slots=True)
class Hint:
    """The modem sent an unsolicited result code that says that its card may have moved."""


@dataclass(frozen=True, slots=True)
class CardRead:
    """The card has been identified; `registration` is <stat> of TS 27.007 7.2, None = the modem cannot say.

    `iccid_by`: the command that gave the ICCID.
    """

    card: Card
    registration: int | None
    iccid_by: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CardSeen:
    """The identified card is still there."""

    registration: int | None


@dataclass(frozen=True, slots=True)
class CardChanged:
    """The modem's answers no longer fit what was read: it must be read again."""


@dataclass(frozen=True, slots=True)
class CardAbsent:
    """The modem says that it has no usable contact to a card."""

    why: str


@dataclass(frozen=True, slots=True)
class CardLocked:
    """A card is in, and wants a PIN (`wants_pin`), a PUK or an unlocked modem."""

    why: str
    wants_pin: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class CardUnreadable:
    """A card may be in, and could not be read this time; `iccid` = that much of it was read all the same."""

    why: str
    iccid: Iccid | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Time to try again."""


Event = (
    LineMoved
    | LineIn
    | LineOut
    | LineUnreadable
    | ModemUp
    | ModemGone
    | Hint
    | CardRead
    | CardSeen
    | CardChanged
    | CardAbsent
    | CardLocked
    | CardUnreadable
    | Retry
)


class Effect(Enum):
    """What the slot wants done from now on; whatever was being done before is cancelled first."""

    REST = "rest"
    SETTLE = "wait until the line has held its level"
    READ = "identify the card"
    WATCH = "ask again and again whether the card is still there"
    WAIT = "wait, then try again"
