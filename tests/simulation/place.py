"""One slot of the simulated rack: a modem without a wire, a presence line, and what is true of them."""

import random
from collections.abc import Callable

from agent.errors import PortError
from agent.ports import Cut
from hw.simulated.commands import restarts
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import SimulatedSim

from .loop import Agenda
from .port import PlacePort

MUDDLED = 25.0  # seconds that an answer may be old that was asked of a modem which hangs or is slow (TS 27.007 8.18 takes 20)
SERVED = (1, 5, 6, 7, 9, 10)  # TS 27.007 10.1.20 and 7.2 <stat>: registered, at home or roaming, for calls or for messages
PROMPT = 5.0  # seconds that an answer may be old otherwise


class Place:
    """Everything physical happens through its methods. `well_since`: the SIM can be sold, and nothing has troubled the slot since then.

    `hints`: a stream of their own, so that a hint that is lost changes nothing else that is drawn.
    """

    def __init__(self, agenda: Agenda, name: str, modem: SimulatedModem, hints: random.Random, *, line: bool) -> None:
        self.agenda, self.name, self.modem, self.line = agenda, name, modem, line
        self.tty: str | None = f"/dev/ttyUSB{int(name[-2:])}"
        turn = int(name[-2:]) - 1
        self.usb = f"1-1.{turn // 4 + 1}.{turn % 4 + 1}"  # hubs of four
        self.cuts = frozenset({Cut.USB})
        self.cut_off: Cut | None = None  # what the agent has taken from it
        self.cut_tty: str | None = None  # and the tty that went with it
        self.wedge: str | None = None  # what alone ends its silence: "reopen", "restart", "USB", "PORT", "LINE" or "nothing"
        self.wedges = 0
        self.reset: Callable[[float], None] = lambda _seconds: None
        self.level = modem.sim is not None
        self.stuck = False  # the line no longer follows the card
        self.deaf_edges = False
        self.refusing: PortError | None = None
        self.opens_in = 0.0
        self.ports: list[PlacePort] = []
        self.edge: Callable[[], None] | None = None
        self._due: float | None = None  # when it speaks next, as the agenda has it
        self._hints = hints
        self.watched = self._hints.random() < 0.7
        self.hint: Callable[[], None] | None = None
        self.troubles: set[str] = set()
        self.stirred_at = 0.0
        self.muddled_at = float("-inf")
        self.moved: Callable[[], None] = lambda: None
        modem.on_command = self._asked
        modem.power_on(0.0)

    # What is true ----------------------------------------------------------------------------------------------------

    @property
    def sim(self) -> SimulatedSim | None:
        """The SIM that is in."""
        return self.modem.sim

    @property
    def seen_by_line(self) -> bool:
        """Whether the line, if it works, says that a card is in; a slot without one says nothing against it."""
        return self.level or not self.line

    def sells(self) -> bool:
        """Whether its SIM can be sold: in, unlocked, in service, and its modem can be asked."""
        sim = self.sim
        return (
            sim is not None
            and sim.number is not None
            and sim.registration in SERVED
            and self.modem.state.verified
            and self.seen_by_line
            and self.tty is not None
            and self.troubles.isdisjoint({"hang", "errors", "taken", "busy"})
        )

    @property
    def slack(self) -> float:
        """Seconds that what the modem says may be old."""
        return MUDDLED if self.agenda.now - self.muddled_at < 60.0 or self.troubles & {"hang", "slow"} else PROMPT

    def stir(self) -> None:
        """Something has happened here."""
        self.stirred_at = self.agenda.now
        self.moved()

    def _asked(self, text: str) -> None:
        if any(restarts(self.modem.state, text.removeprefix(prefix)) for prefix in ("AT", "\x1bAT")):
            self.reset(0.0)
        if text.startswith("AT+CPIN="):
            self.agenda.after(0.0, self.stir)  # what became of the PIN is true as soon as it was heard

    def trouble(self, kind: str) -> None:
        """It begins."""
        self.troubles.add(kind)
        self.stir()

    def over(self, kind: str) -> None:
        """It ends."""
        if kind in self.troubles & {"hang", "slow"}:
            self.muddled_at = self.agenda.now
        self.troubles.discard(kind)
        self.stir()

    # What happens ----------------------------------------------------------------------------------------------------

    def insert(self, sim: SimulatedSim) -> None:
        """A SIM goes in."""
        self.modem.insert(sim, self.agenda.now)
        self._see()
        self.speak()
        if not self.stuck:
            self.set_level(True)
        self.stir()

    def eject(self, *, silent: bool) -> SimulatedSim:
        """It comes out."""
        sim = self.modem.eject(self.agenda.now, silent=silent)
        self.speak()
        if not self.stuck:
            self.set_level(False)
        self.stir()
        return sim

    def set_level(self, level: bool) -> None:
        """The line moves, and says so unless the edge is lost."""
        if not self.line or level == self.level:
            return
        self.level = level
        if self.edge is not None and not self.deaf_edges:
            self.edge()
        self.stir()

    def unplug(self) -> None:
        """The tty is gone; whoever has it open reads nothing any more, and behind a dead hub not even that it is the end."""
        self.tty = None
        dead = self._hints.random() < 0.3
        for port in self.ports:
            port.die() if dead else port.hang_up()
        self.ports.clear()
        self.hinted()
        self.stir()

    def plug(self, tty: str) -> None:
        """Power for the modem, and a tty of that name."""
        self.tty = tty
        self.restart()
        self.hinted()

    def hinted(self) -> None:
        """The bus says that something has moved, unless that is lost, or nobody is told here."""
        if self.watched and self.hint is not None and self._hints.random() < 0.7:
            self.agenda.after(self._hints.choice((0.0, 0.1, 0.9)), self._hint)

    def _hint(self) -> None:
        if self.hint is not None:
            self.hint()

    def restart(self) -> None:
        """The modem begins anew, and does not hang any more; its tty stays."""
        self.modem.power_on(self.agenda.now)
        self.speak()
        self.over("hang")
        self._see()

    # What the agent does about it ------------------------------------------------------------------------------------

    def take(self, what: Cut) -> None:
        """Its place on the USB, or its power, for a moment."""
        self.reset(1.0 if what is Cut.USB else 5.0)
        self.cut_off, self.cut_tty = what, self.tty
        if self.tty is not None:
            self.unplug()

    def give(self) -> None:
        """Back."""
        what, tty, self.cut_off, self.cut_tty = self.cut_off, self.cut_tty, None, None
        if what is None or tty is None or self.tty is not None:
            return
        if what is Cut.LINE or (what is Cut.PORT and self.wedge != "LINE"):
            self.plug(tty)
            return
        self.tty = tty
        self.ends(what.name)
        self.stir()

    def wedged(self, until: str) -> int:
        """Silent from now on until that happens; the number of this wedge, for free()."""
        self.wedge, self.wedges = until, self.wedges + 1
        self.modem.hang(obeys=until == "restart")
        self.trouble("hang")
        return self.wedges

    def busied(self, until: str) -> int:
        """As wedged(), of the card."""
        self.modem.state.stuck, self.wedges = until, self.wedges + 1
        self.trouble("busy")
        return self.wedges

    def free(self, number: int) -> None:
        """That wedge ends by itself, if it lasts still."""
        if number != self.wedges:
            return
        self.modem.state.stuck = ""
        if self.wedge is not None:
            self.ends(self.wedge)
        self._see()

    def ends(self, what: str) -> None:
        """That has happened to the modem."""
        if self.wedge == what:
            self.modem.resume(self.agenda.now)
            self.speak()
        if self.modem.state.stuck == what:
            self.modem.state.stuck = ""
        self._see()

    def _see(self) -> None:
        """A wedge that is over, whatever ended it."""
        if self.wedge is not None and not self.modem.hung:
            self.wedge = None
            self.over("hang")
        if "busy" in self.troubles and not self.modem.state.stuck:
            self.over("busy")

    # The wire --------------------------------------------------------------------------------------------------------

    def hear(self, octets: bytes) -> None:
        """What the agent writes."""
        self.modem.feed(octets, self.agenda.now)
        self._see()
        self.speak()

    def speak(self) -> None:
        """What the modem has to say by now, and again when there is more."""
        said = self.modem.take(self.agenda.now)
        if said:
            for port in self.ports:
                port.receive(said)
        due = self.modem.due()
        if due is not None and due != self._due:
            self._due = due
            self.agenda.at(due, self._speak_again)

    def _speak_again(self) -> None:
        if self._due is not None and self._due <= self.agenda.now:
            self._due = None
            self.speak()
