"""A simulated modem without a wire: octets in, octets out, time handed in."""

import heapq
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from agent.errors import PortError
from hw.simulated.commands import final, restarts, run
from hw.simulated.commands_modem import registration
from hw.simulated.family import Family, family
from hw.simulated.habits import Habits
from hw.simulated.line import Lines, commands, information, result
from hw.simulated.sim import SimulatedSim, luhn
from hw.simulated.state import CommandError, Fields, Quirks, State

CHATTER_EVERY = 2.0  # seconds between the URCs of a modem that never falls silent
STORM_EVERY = 0.005  # seconds between two URCs of a storm
SPEAK_EVERY = 0.1  # seconds between two words of a port that speaks no AT
CUT = 0.001  # seconds between the pieces of an answer that is cut

Output = Callable[[float], bytes]


class SimulatedModem:
    """One modem of a family of families.toml; `delay` seconds a command, deaf for `boot_for` seconds after power-on.

    `feed()` what it is sent; at `due()` `take()` what it says. `log`: the command lines it has heard, `on_command` is called with each.
    `forbidden`: those that would have written an identity, sent a message or placed a call. `nv`: settings the owner has stored in it.
    `seed`: of its noise and cuts.
    """

    def __init__(
        self,
        of: str = "generic",
        sim: SimulatedSim | None = None,
        *,
        delay: float = 0.02,
        boot_for: float = 0.0,
        serial: int = 0,
        seed: int = 0,
        nv: Mapping[str, str] | None = None,
        quirks: Quirks | None = None,
    ) -> None:
        tac_and_serial = f"00499901{serial:06d}"
        self.quirks = quirks or Quirks()
        self.state = State(family(of), tac_and_serial + luhn(tac_and_serial), self.quirks, nv or {})
        self.state.sim = sim
        self.delay = delay
        self.boot_for = boot_for
        self.log: deque[str] = deque(maxlen=10_000)
        self.on_command: Callable[[str], None] = lambda _: None
        self._random = random.Random(seed)
        self._lines = Lines()
        self._habits = Habits(self.quirks)
        self._turn = 0
        self._silence(0.0)

    @property
    def family(self) -> Family:
        """What it was built as."""
        return self.state.family

    @property
    def sim(self) -> SimulatedSim | None:
        """The SIM that is in."""
        return self.state.sim

    @property
    def forbidden(self) -> Sequence[str]:
        """What nobody may ever ask of a modem, and was asked."""
        return [*self.state.forbidden, *self._habits.told]

    @property
    def busy_until(self) -> float:
        """When it will have answered all that it was asked so far."""
        return self._busy

    def _silence(self, now: float) -> None:
        """Nothing to say, nothing half heard, not hung."""
        self._agenda: list[tuple[float, int, Output]] = []
        self._wire: deque[tuple[float, bytes]] = deque()
        self._busy = self._wire_free = self._deaf = now
        self._hung: str | None = None
        self._lines.clear()

    def power_on(self, now: float) -> None:
        """Power comes back, or the modem restarts itself: URCs of the boot, then those of the SIM."""
        self._silence(now)
        self._boot(now)

    def _boot(self, now: float) -> None:
        up = now + self.boot_for
        self.state.restart(up)
        self._lines.clear()
        self._habits.power_on()
        self._deaf = self._busy = up
        self._tell("boot", up)
        self._sim_ready(up)
        self._talkative(up)

    def _boot_late(self, now: float) -> bytes:
        self._boot(now)
        return b""

    def _talkative(self, now: float) -> None:
        """Begin what is said without end."""
        if self.family.chatter:
            self._at(now, self._chatter)
        if self.quirks.storm:
            self._at(now, self._storm)
        if self._habits.speak():
            self._at(now, self._speak)

    def insert(self, sim: SimulatedSim, now: float) -> None:
        """A SIM goes in; PortError when one is in already."""
        self.state.insert(sim, now)
        if self.state.told():
            self._tell("insert", now)
            self._sim_ready(now)

    def eject(self, now: float, *, silent: bool = False) -> SimulatedSim:
        """The SIM comes out; `silent`: without any URC. PortError when none is in."""
        sim = self.state.eject(now)
        if sim is None:
            raise PortError("no SIM is in", "insert one first")
        if self.state.told() and not silent:
            self._tell("eject", now)
            self._at(now, self._registration)
        return sim

    @property
    def hung(self) -> bool:
        """Whether it is silent, because of hang()."""
        return self._hung is not None

    def hang(self, *, late: bool = False, obeys: bool = False) -> None:
        """Fall silent until resume() or power-on; `late`: what was asked meanwhile is answered then; `obeys`: told to restart, it does."""
        self._hung = "late" if late else "obeys" if obeys else "deaf"

    def resume(self, now: float) -> None:
        """Come back from hang()."""
        if self._hung in ("deaf", "obeys"):
            self._silence(now)
            self._talkative(now)
        self._hung = None

    def feed(self, octets: bytes, now: float) -> None:
        """What the other side has sent."""
        if now < self._deaf:
            return
        heard, said = self._habits.hear(octets)
        if said:
            self._at(now, lambda _: said)
        for line in self._lines.feed(heard, self.state.modes):
            if now >= self._deaf:
                self._obey(line, now)

    def due(self) -> float | None:
        """When it will next say something; None = only when something happens."""
        if self._hung:
            return None
        times = [queue[0][0] for queue in (self._agenda, self._wire) if queue]
        return min(times, default=None)

    def take(self, now: float) -> bytes:
        """All it says until `now`."""
        if self._hung:
            return b""
        while self._agenda and self._agenda[0][0] <= now:
            due, _, output = heapq.heappop(self._agenda)
            self._utter(output(due), due)
        said = []
        while self._wire and self._wire[0][0] <= now:
            said.append(self._wire.popleft()[1])
        return b"".join(said)

    def _at(self, due: float, output: Output) -> None:
        self._turn += 1
        heapq.heappush(self._agenda, (due, self._turn, output))

    def _utter(self, octets: bytes, due: float) -> None:
        """Onto the wire, whole or cut, never into the middle of something that is still on its way."""
        self._wire_free = max(self._wire_free, due)
        while octets:
            size = len(octets) if not self.quirks.chunks else self._random.randint(1, 7)
            self._wire.append((self._wire_free, octets[:size]))
            octets = octets[size:]
            self._wire_free += CUT if octets else 0.0

    def _obey(self, line: bytes, now: float) -> None:
        """Read what is asked for now and answer when it takes its time: an answer may be older than the SIM that is in by then."""
        start = max(now, self._busy)
        echo = line + bytes((self.state.modes.terminator,))
        asked = commands(line)
        text = line.decode("latin-1")
        if asked is not None:
            self.log.append(text)
            self.on_command(text)
        if self._hung == "obeys" and any(restarts(self.state, command) for command in asked or ()):
            self.power_on(now)
            return
        if self._hung in ("deaf", "obeys"):
            return
        if self.state.modes.echo:
            self._at(start, lambda _: echo)
        if asked is None:
            return
        answer = self._answer(asked, text, start)
        done = start + next((slow for key, slow in self.quirks.slow.items() if text.startswith(key)), self.delay)
        self._busy = done
        self._at(done, lambda _: answer)
        self._follow_up(done)

    def _answer(self, asked: Sequence[str], text: str, now: float) -> bytes:
        pieces: list[bytes] = []
        code = "ERROR" if self.quirks.errors else "OK"
        for command in () if self.quirks.errors else asked:
            try:
                pieces += information(run(self.state, command, now), self.state.modes)
            except CommandError as error:
                code = final(self.state, error)
                break
        for urc in (urc for key, urc in self.quirks.amid.items() if text.startswith(key)):
            pieces.insert(1, self._urc(urc, now))
        for urc in (urc for key, urc in self.quirks.before.items() if text.startswith(key)):
            pieces.insert(0, self._urc(urc, now))
        if pieces and code == "OK" and text.startswith(self.quirks.no_ok or ("\0",)):
            return b"".join(pieces)
        noise = self._random.randbytes(self._random.randint(1, 24)) if self.quirks.noise else b""
        return b"".join(pieces) + result(code, self.state.modes) + noise

    def _follow_up(self, done: float) -> None:
        """What a command has set off comes after its answer."""
        events, self.state.events = self.state.events, []
        for event in events:
            if event == "restart" and self.quirks.restart_after:
                self._at(done + self.quirks.restart_after, self._boot_late)
            elif event == "restart":
                self._boot(done)
            elif event == "ready":
                self._sim_ready(done)
            elif event.startswith("+CUSD"):
                self._say(event, done)
            else:
                self._tell(event, done)
                self._at(done, self._registration)

    def _sim_ready(self, now: float) -> None:
        """The SIM is up once it is no longer busy, unless it has gone by then."""
        sim, since = self.sim, self.state.since
        if sim is None:
            return
        up = max(now, since + sim.busy_for)

        def in_use() -> bool:
            return self.sim is sim and self.state.since == since and self.state.readable(up)

        self._at(up, lambda due: self._urcs("ready", due) if in_use() else b"")
        self._at(up, lambda due: self._registration(due) if in_use() else b"")

    def _tell(self, event: str, due: float) -> None:
        self._at(due, lambda due: self._urcs(event, due))

    def _say(self, urc: str, due: float) -> None:
        self._at(due, lambda due: self._urc(urc, due))

    def _urcs(self, event: str, now: float) -> bytes:
        lines = self.family.urcs.get(event, ())
        if event == "ready" and not self.state.verified:
            lines = tuple(line for line in lines if "{cpin}" in line)
        return b"".join(self._urc(line, now) for line in lines)

    def _urc(self, line: str, now: float) -> bytes:
        try:
            filled = line.format_map(Fields(self.state, now))
        except CommandError:
            return b""
        return b"".join(information([filled], self.state.modes))

    def _registration(self, now: float) -> bytes:
        """The URCs of +CREG=1 and 2 (TS 27.007 7.2)."""
        domains = (name for name, told in self.state.registering.items() if told)
        return b"".join(self._urc(f"{name}: {registration(self.state, name, now)}", now) for name in domains)

    def _storm(self, now: float) -> bytes:
        self._at(now + STORM_EVERY, self._storm)
        return b"".join(self._urc(line, now) for line in self.quirks.storm)

    def _speak(self, now: float) -> bytes:
        self._at(now + SPEAK_EVERY, self._speak)
        return self._habits.speak()

    def _chatter(self, now: float) -> bytes:
        self._at(now + CHATTER_EVERY, self._chatter)
        if self.state.matches(self.family.chatter_stop):
            return b""
        return self._urc(self.family.chatter[int(now / CHATTER_EVERY) % len(self.family.chatter)], now)
