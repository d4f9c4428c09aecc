"""Slots and their modems, judged: what is off sale and why, what is plugged in where, notes, IMEIs, ttys. Pure."""

from collections.abc import Collection, Mapping, Sequence

from agent.doctor.finding import Finding, Result, grouped, named
from agent.doctor.host import Holder, Host
from agent.keeping.seen import Seen
from agent.ports import Wiring
from agent.slots.patterns import Pattern

GENERIC = "generic"  # the profile of last resort
_SAY_HOW = (Pattern.LOCKED, Pattern.NO_NUMBER, Pattern.NOT_REGISTERED)  # "what: mend" are their sentences
_QUIET = (Pattern.EMPTY, Pattern.STARTING, Pattern.BUSY)


def on_sale(seen: Sequence[Seen]) -> list[Finding]:
    """Why slots with a card, or without a modem, are not on sale."""
    off = [one for one in seen if one.why is not None]
    bad = [(one.slot, *_mended(one)) for one in off if _sign(one) not in _QUIET]
    empty = sum(_sign(one) is Pattern.EMPTY for one in off)
    early = [one.slot for one in off if _sign(one) in (Pattern.STARTING, Pattern.BUSY)]
    told = f"{len(seen) - len(off)} of {len(seen)} slots can sell" + (f", {empty} are empty" if empty else "")
    found = grouped("slots", Result.WARNING, bad)
    found += grouped("slots", Result.NOTE, [(slot, "is still being looked at", "ask again in a minute") for slot in early])
    return [*found, Finding("slots", Result.NOTE if bad else Result.OK, told)]


def _sign(one: Seen) -> Pattern | None:
    return Pattern[one.sign.upper()] if one.sign else None


def _mended(one: Seen) -> tuple[str, str]:
    """What and mend of one sentence; the legend of the LEDs knows the mend where the sentence does not end with one."""
    said, sign = one.why or "", _sign(one)
    what, mark, mend = said.partition("; ")
    if not mark and (sign in _SAY_HOW or said.startswith("line says")):
        what, mark, mend = said.partition(": ")
    return (what, mend) if mark else (said, sign.value.do if sign else "simgate slots")


def sockets(host: Host, wirings: Sequence[Wiring], unclaimed: Collection[tuple[str, str]] | None) -> list[Finding]:
    """The configuration against what is plugged in; `unclaimed`: (USB path, vid:pid) of modems where no slot is."""
    wanted = {one.usb: one.slot for one in wirings if one.usb}
    found: list[Finding] = []
    if wanted and host.plugs is None:
        found.append(Finding("sockets", Result.UNKNOWN, "what is plugged in cannot be told"))
    elif wanted:
        there = {plug.usb for plug in host.plugs or ()}
        mend = "plug its modem in there (cable, hub, power), or correct usb: `ls /sys/bus/usb/devices`"
        absent = [(slot, f"nothing is plugged in at {usb}", mend) for usb, slot in wanted.items() if usb not in there]
        found += grouped("sockets", Result.FAILURE, absent)
    for usb, usb_id in unclaimed or ():
        told = f"a modem ({usb_id}) is plugged in at {usb}, where no slot is"
        found.append(Finding("sockets", Result.WARNING, told, f'give it a [[slot]] with usb = "{usb}", or plug it in where its slot is'))
    there_is = f"{len(wanted)} USB paths have something plugged in" if wanted else "no slot is given by a USB path"
    return found or [Finding("sockets", Result.OK, f"{there_is}, and no modem is seen without a slot")]


def notes(seen: Sequence[Seen]) -> list[Finding]:
    """Modems that nobody has written a note for."""
    known = [one for one in seen if one.note]
    plain = [one.slot for one in known if one.note == GENERIC]
    if plain:
        mend = "simgate record TTY FILE, and a note: README, A modem that we have never seen"
        told = f"{named(plain)}: the modem is served by the generic note, for it has none of its own"
        return [Finding("notes", Result.NOTE, told, mend)]
    if not known:
        return [Finding("notes", Result.UNKNOWN, "no modem has said what it is")]
    return [Finding("notes", Result.OK, f"each of {len(known)} modems has a note of its own")]


def imeis(seen: Sequence[Seen]) -> list[Finding]:
    """Networks throw out one of two modems with the same IMEI."""
    groups = {tuple(sorted((one.slot, *one.twins))) for one in seen if one.twins}
    mend = "operators refuse or block such pairs: exchange one of these modems"
    bad = [
        Finding("imei", Result.WARNING, f"{' and '.join(group)} have modems with one and the same IMEI", mend) for group in sorted(groups)
    ]
    if bad or any(one.note for one in seen):
        return bad or [Finding("imei", Result.OK, "no two modems have the same IMEI")]
    return [Finding("imei", Result.UNKNOWN, "no modem has told its IMEI")]


def ttys(host: Host, places: Mapping[str, Sequence[str]], ours: Collection[int], answering: Collection[str]) -> list[Finding]:
    """Who else has a modem's tty open; `places`: slot -> paths of its ttys, `ours`: processes that may.

    `answering`: slots whose modem does.
    """
    bad: list[Finding] = []
    for slot, paths in places.items():
        for path in paths:
            others = [one for one in host.holders.get(path, ()) if one.pid not in ours]
            # The modem behind a pty is itself a program, which has it open.
            if others and not (path.startswith("/dev/pts/") and slot in answering):
                told = f"{slot}: {path} is held by {', '.join(map(_named, others))}"
                bad.append(Finding("ttys", Result.WARNING, told, f"stop it, or let it leave this tty alone (`fuser -v {path}`)"))
    if bad or any(places.values()):
        return bad or [
            Finding("ttys", Result.OK, "no other program is seen to have a modem's tty open (of others' programs only root sees it)")
        ]
    return [Finding("ttys", Result.UNKNOWN, "no slot has a tty that is there")]


def _named(one: Holder) -> str:
    return f"{one.name} ({one.pid})"
