"""A document of `simgate status --json` of a rack that is simulated, for the screenshot: always the same. Pure."""

from typing import Any

NOW = 1_763_876_000  # UNIX seconds: when it was asked for
OFF = {
    3: ("no_modem", "offline", "nothing heard of the SIM for 312 s: nothing is plugged in at 1-1.3", 312),
    6: ("empty", "empty", "no SIM: the presence line says that the slot is empty", 8000),
    12: ("contact", "no_sim", "line says present, modem sees no SIM: check the tray contact (the modem sees no SIM)", 41),
    13: ("locked", "locked", "the SIM wants its PIN: write it into its [[card]], or switch it off in a telephone", 90_000),
    20: ("busy", "reading", "the SIM is being read", 2),
    22: ("empty", "empty", "no SIM: the presence line says that the slot is empty", 700_000),
    27: ("no_number", "ready", "the SIM does not tell its number: give it one (simgate number set ICCID NUMBER)", 5000),
}


def slot(turn: int) -> dict[str, Any]:
    """The slot of that turn, from 1; its number is from Ofcom's range for drama."""
    led, state, why, seconds = OFF.get(turn, ("on_sale", "ready", None, 4000 * turn))
    read, on_sale = state == "ready", turn not in OFF
    return {
        "slot": f"rack1-{turn:02}",
        "state": state,
        "state_since": NOW - seconds,
        "on_sale": on_sale,
        "why": why,
        "number": f"+4477009{turn * 397 % 1000:05}" if on_sale else None,
        "number_from": "cnum" if on_sale else None,
        "operator": "23415" if read else None,
        "iccid": f"89441500000000{turn:05}" if read else None,
        "registration": 1 if read else None,
        "modem": None if led == "no_modem" else "generic",
        "tty": None if led == "no_modem" else f"/dev/ttyUSB{4 * turn - 2}",
        "recovery": None,
        "led": led,
    }


def rack(slots: int = 32, columns: int = 8) -> dict[str, Any]:
    """So many slots, so many side by side."""
    return {
        "gateway": "rack1",
        "since": NOW - 90_000,
        "clock_ok": True,
        "endpoint": {"state": "ok", "last_ok": NOW - 88, "last_error": None, "next_try": NOW + 212},
        "queue": {"pending": 0, "oldest": None},
        "warning": None,
        "unclaimed": [],
        "led": "on_sale",
        "rack": {"columns": columns},
        "slots": [slot(turn) for turn in range(1, slots + 1)],
    }
