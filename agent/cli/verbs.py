"""The verbs: where each is found, and what it is for; `simgate --help` tells them without importing any."""

from collections.abc import Mapping
from typing import Final

# Told are the first sentences of the verbs' own help.
SECTIONS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "How it is": {
        "status": ("agent.cli.asking:status", "What is on sale, what is not and why, and how the endpoint takes it."),
        "watch": (
            "agent.cli.watching:watch",
            "The rack as a living picture: each slot in its place, its state, number, age; ? shows the keys, q quits.",
        ),
        "slots": ("agent.cli.one_slot:slots", "Every slot: its state, its number, and why it is not on sale; of one SLOT the whole story."),
        "history": ("agent.cli.history:history", "What came on the list and went, and when the endpoint heard of it."),
        "queue": ("agent.cli.asking:queue", "The changes that the endpoint has not taken yet, oldest first."),
        "logs": ("agent.cli.logs:logs", "What the journal has of the service; with SLOT, of that one alone."),
    },
    "What is wrong, and what mends it": {
        "doctor": (
            "agent.cli.diagnosing:doctor",
            "Check this gateway from the configuration to the endpoint; worst first, each finding with its mend.",
        ),
        "led": ("agent.cli.lighting:led", "Find a slot by its LED, explain the LEDs, darken them."),
        "ask": ("agent.cli.one_slot:ask", "Ask the modem of SLOT one AT COMMAND, through the running agent."),
        "sync": ("agent.cli.asking:sync", "Send the list now, and wait for the endpoint's answer."),
    },
    "The gateway": {
        "config": ("agent.cli.checking:config", "The configuration file: begin one, check one."),
        "number": ("agent.cli.numbering:number", "The numbers that you give to SIMs, bound to their ICCIDs."),
        "run": ("agent.cli.late:run", "Run the agent in the foreground until SIGTERM or SIGINT; SIGHUP reads the configuration again."),
        "demo": (
            "agent.cli.late:demo",
            "The whole product on a simulated rack: SIMs come and go, a local endpoint prints what it is sent.",
        ),
        "fake": ("agent.cli.asking:fake", "Move the simulated SIM line or modem of SLOT (mock board only)."),
    },
    "Modems, without an agent": {
        "probe": ("agent.cli.late:probe", "Identify the modem on TTY and the SIM in it."),
        "detection": ("agent.cli.late:detection", "A modem's own card detection, on TTY or in the slot of that name."),
        "record": (
            "agent.cli.late:record",
            "Record what the modem on TTY is asked and answers into FILE, with every identity replaced before it is written.",
        ),
        "replay": ("agent.cli.late:replay", "Put simgate's questions to the transcript in FILE and show what it concludes."),
    },
}
VERBS: Final[Mapping[str, str]] = {name: where for verbs in SECTIONS.values() for name, (where, _) in verbs.items()}
