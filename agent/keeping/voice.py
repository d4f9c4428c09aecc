"""What is said of one slot: one sentence for the log, with the fields that the journal keeps, and for the slot's diary."""

import logging

from agent.ports import Clock
from agent.sim.identity import Card, Iccid
from agent.slots.diary import About, Diary
from agent.slots.slot import State

NOT_YET = "no modem has answered yet"
STANDS = {
    State.EMPTY: "no SIM is in",
    State.OFFLINE: "no modem can be asked",
    State.NO_SIM: "the modem sees no SIM",
    State.LOCKED: "the SIM is locked",
    State.FAILED: "the SIM cannot be read",
    State.READY: "the SIM has been read",
}
LOGS = {about: logging.getLogger(f"{__name__}.{about.value}") for about in About}


class Voice:
    """One slot's; `card` is the one that is believed to be in it."""

    def __init__(self, slot: str, clock: Clock) -> None:
        self.slot = slot
        self.card: Card | None = None
        self.diary = Diary(clock.monotonic())
        self._clock = clock
        self._stood: tuple[State, str | None] | None = None

    def now(self) -> float:
        """Monotonic seconds."""
        return self._clock.monotonic()

    def stands(self, state: State, why: str | None) -> None:
        """One line for what is new; a slot that fails again and again for the same reason says so once."""
        if state not in STANDS or (state, why) == self._stood or why == NOT_YET:
            return
        self._stood = (state, why)
        self.say(logging.INFO, About.STATE, _sentence(state, why))

    def say(self, level: int, about: About, text: str, iccid: Iccid | None = None) -> None:
        """What is worth a line from INFO on is worth remembering. `iccid`: of a card that is not yet believed to be in it."""
        if level >= logging.INFO:
            self.diary.note(self.now(), about, text)
        iccid = iccid or (self.card.iccid if self.card else None)
        LOGS[about].log(level, "%s: %s", self.slot, text, extra={"slot": self.slot, "iccid": str(iccid) if iccid else None})


def _sentence(state: State, why: str | None) -> str:
    if why is None:
        return STANDS[state]
    if state is State.READY:
        return f"the SIM was read, but {why}"
    return why if why.startswith(STANDS[state]) else f"{STANDS[state]}: {why}"
