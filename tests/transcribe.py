"""Writes the synthetic transcripts: the agent's own questions, put to the simulated modem of every family, in time that is only counted.

    python -m tests.transcribe [FAMILY ...]

What must be concluded is written from the simulated SIM, never from what the agent made of it.
"""

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from functools import cache
from itertools import cycle
from pathlib import Path
from zlib import crc32

from agent.at.dialog import Command
from agent.modems.library import shipped
from agent.modems.rehearsal import Rehearsal, look
from agent.modems.transcripts import Header, Line, Mark, Transcript
from agent.sim.identity import Iccid
from agent.slots.events import CardRead
from hw.simulated.family import families
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import SimulatedSim, fresh

HOME = Path(__file__).resolve().parents[1] / "firmware-notes" / "transcripts"
ROUND = 5.0  # seconds between two looks

# What modems tell unasked while they are asked something else (TS 27.007 7.2, 8.32, 10.1.19; V.250 6.3).
STORM = ("+CREG: 1", "+CGEV: ME PDN ACT 1", "+CIEV: 2,4", "RING", "+CEREG: 1")

Expected = Mapping[str, str]
notes = cache(shipped)


class Studio:
    """One simulated modem, one agent and all that they say to each other: a far end that takes notes."""

    def __init__(self, modem: SimulatedModem, *, storm: tuple[str, ...] = ()) -> None:
        self.modem = modem
        self.lines: list[Line] = []
        self.now = 0.0
        self._storm = cycle(storm)
        self._agent = Rehearsal(self, notes().urcs)
        self._known: CardRead | None = None

    def write(self, octets: bytes) -> None:
        """To the modem."""
        self._note(Mark.SENT, octets)
        if urc := next(self._storm, None):
            self.modem.quirks.before, self.modem.quirks.amid = {"": urc}, {"": next(self._storm)}
        self.modem.feed(octets, self.now)

    def read(self, until: float) -> bytes:
        """From the modem."""
        while (due := self.modem.due()) is not None and due <= until:
            self.now = max(self.now, due)
            if said := self.modem.take(self.now):
                self._note(Mark.RECEIVED, said)
                return said
        self.now = max(self.now, until)
        return b""

    def event(self, words: str) -> None:
        """What happens to the rack, said before it does."""
        self._note(Mark.EVENT, words.encode())

    def wait(self, seconds: float) -> None:
        """Let time pass; the agent listens."""
        self._agent.listen(self.now + seconds)

    def greet(self) -> None:
        """The agent asks for the first time."""
        _, self._profile = self._agent.greet(notes().profiles)

    def look(self) -> None:
        """The agent looks at the SIM."""
        reading = self._agent.hold(look(self._profile, _nobody, self._known))
        self._known = reading if isinstance(reading, CardRead) else None
        self.wait(ROUND)

    def patience(self, text: str) -> float:
        """Seconds that the agent waits for the answer to a question about the card."""
        return self._profile.timed(Command(text, timeout=20)).timeout

    def _note(self, mark: Mark, octets: bytes) -> None:
        # A line a line: everything that the modem said at one moment, cut behind its line ends.
        parts = re.findall(rb"[\r\n]*[^\r\n]+(?:\r\n?|\n)?|[\r\n]+\Z", octets) if mark is Mark.RECEIVED else [octets]
        self.lines += [Line(round(1000 * self.now), mark, part) for part in parts]


def _nobody(_iccid: Iccid) -> None:
    """An owner who knows no number."""


def ready(sim: SimulatedSim) -> Expected:
    """What must be known of a SIM that can be read."""
    return {
        "sim_state": "ready",
        "iccid": sim.iccid,
        "imsi": sim.imsi,
        "operator": sim.plmn,
        "number": sim.number or "null",
        "registration": "home",
    }


ABSENT = {"sim_state": "absent", "iccid": "null", "number": "null"}
LOCKED = {"sim_state": "locked", "number": "null"}

Scene = Callable[[str, int], tuple[Studio, tuple[Expected, ...]]]


def boot(family: str, index: int) -> tuple[Studio, tuple[Expected, ...]]:
    """Asked while it is still deaf, then while the SIM is still busy."""
    sim = fresh(index)
    sim.busy_for = 8.0
    studio = Studio(SimulatedModem(family, sim, boot_for=2.0, serial=index))
    studio.event("modem switched on")
    studio.modem.power_on(studio.now)
    studio.wait(1.0)
    studio.greet()
    for _ in range(3):
        studio.look()
    return studio, (ready(sim),)


def running(modem: SimulatedModem, *, storm: tuple[str, ...] = ()) -> Studio:
    """A modem that has been up for long enough to have said all that it says of itself."""
    modem.power_on(-60.0)
    modem.take(0.0)
    return Studio(modem, storm=storm)


def steady(family: str, sim: SimulatedSim | None, index: int, *, storm: tuple[str, ...] = ()) -> Studio:
    """Greeted and looked at once."""
    studio = running(SimulatedModem(family, sim, serial=index), storm=storm)
    studio.greet()
    studio.look()
    return studio


def sim_out(family: str, index: int) -> tuple[Studio, tuple[Expected, ...]]:
    """A SIM is pulled."""
    sim = fresh(index)
    studio = steady(family, sim, index)
    studio.event("SIM pulled")
    studio.modem.eject(studio.now)
    studio.wait(1.0)
    studio.look()
    return studio, (ready(sim), ABSENT)


def sim_in(family: str, index: int) -> tuple[Studio, tuple[Expected, ...]]:
    """A SIM is put in."""
    sim = fresh(index)
    studio = steady(family, None, index)
    studio.event("SIM put in")
    studio.modem.insert(sim, studio.now)
    studio.wait(1.0)
    studio.look()
    return studio, (ABSENT, ready(sim))


def no_sim(family: str, index: int) -> tuple[Studio, tuple[Expected, ...]]:
    """Never had one."""
    studio = steady(family, None, index)
    studio.look()
    return studio, (ABSENT,)


def pin(family: str, index: int) -> tuple[Studio, tuple[Expected, ...]]:
    """The SIM wants its PIN, which nobody gives."""
    sim = fresh(index)
    sim.pin = "0000"
    return steady(family, sim, index), (LOCKED,)


def slow(family: str, index: int) -> tuple[Studio, tuple[Expected, ...]]:
    """Long answers, the first +CIMI longer than the agent waits: it comes when something else was asked."""
    sim = fresh(index)
    studio = running(SimulatedModem(family, sim, delay=1.0, serial=index))
    studio.greet()
    crsm, cimi = studio.patience("AT+CRSM"), studio.patience("AT+CIMI")
    studio.modem.quirks.slow = {"AT+CRSM": 0.8 * crsm, "AT+CIMI": cimi + 4}
    studio.look()
    studio.modem.quirks.slow = {"AT+CRSM": 0.8 * crsm}
    studio.look()
    return studio, (ready(sim),)


def urc_storm(family: str, index: int) -> tuple[Studio, tuple[Expected, ...]]:
    """Before and inside every answer there is something that nobody asked for."""
    sim = fresh(index)
    known = families()[family]
    storm = (*STORM, *known.chatter, *(line for line in known.urcs.get("ready", ()) if "{" not in line))
    studio = steady(family, sim, index, storm=storm)
    studio.look()
    return studio, (ready(sim),)


SCENES: dict[str, Scene] = {
    "boot": boot,
    "sim-out": sim_out,
    "sim-in": sim_in,
    "no-sim": no_sim,
    "pin": pin,
    "slow": slow,
    "urc-storm": urc_storm,
}


def sources(text: str) -> dict[str, str]:
    """Family -> where its texts are from: the first sentence of the comment below its header in families.toml."""
    found = re.findall(r"^\[family\.([\w-]+)\]\n((?:# .*\n)*)", text, re.MULTILINE)
    comments = {name: " ".join(line.removeprefix("# ") for line in comment.splitlines()) for name, comment in found}
    return {name: re.split(r"\.(?: |$)", comment)[0] or "families.toml" for name, comment in comments.items()}


def transcript(family: str, scene: str, source: str) -> Transcript:
    """One scene with one family; the SIMs differ from family to family, and stay when families come and go."""
    studio, expect = SCENES[scene](family, crc32(family.encode()) % 500)
    return Transcript(Header(synthetic=f"simgate's simulated modem, from {source}", modem=family, expect=expect), tuple(studio.lines))


def main(arguments: list[str]) -> None:
    """Write every scene of the families named, or of all."""
    parser = argparse.ArgumentParser(prog="python -m tests.transcribe", description=__doc__)
    parser.add_argument("family", nargs="*", choices=[*families(), []], help="all when none is named")
    known = sources((Path(__file__).resolve().parents[1] / "hw/simulated/families.toml").read_text("utf-8"))
    for family in parser.parse_args(arguments).family or families():
        home = HOME / family
        home.mkdir(parents=True, exist_ok=True)
        for scene in SCENES:
            (home / f"{scene}.at").write_text(str(transcript(family, scene, known[family])), "utf-8")
        print(f"{home}: {', '.join(SCENES)}")


if __name__ == "__main__":
    main(sys.argv[1:])
