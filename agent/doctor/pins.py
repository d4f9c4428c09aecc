"""Pins, judged: the chip, the pin factory, the FIFO of lgpio, lines that others have, LEDs. Pure."""

from collections.abc import Sequence

from agent.doctor.finding import Finding, Result, grouped
from agent.doctor.host import Host
from agent.keeping.seen import Seen
from agent.ports import Wiring


def used(wirings: Sequence[Wiring]) -> dict[str, str]:
    """Every pin of the configuration -> whose it is."""
    found: dict[str, str] = {}
    for one in wirings:
        for pin in (one.presence, *one.led_pins, one.power):
            if pin:
                found[pin] = f"slot {one.slot}" if one.slot else "the gateway"
    return found


def gpio(host: Host, kind: str, wirings: Sequence[Wiring]) -> list[Finding]:
    """Chip and pin factory; `kind` of the board."""
    if kind == "mock":
        return [Finding("gpio", Result.NOTE, 'the board is a mock: no real pin is read or lit ([board] kind = "mock")')]
    if not used(wirings):
        return [Finding("gpio", Result.OK, "no slot has a pin")]
    found = host.pins
    if not found.chips:
        mend = 'is this a Raspberry Pi? Otherwise say [board] kind = "mock", or take the pins out'
        return [Finding("gpio", Result.FAILURE, "there is no GPIO chip, and slots have pins", mend)]
    if found.shut:
        mend = "add the account to group gpio, or sudo ./install.sh for the udev rule"
        return [Finding("gpio", Result.FAILURE, f"{', '.join(found.shut)} may not be opened", mend)]
    if found.lgpio is None or found.lgpio.startswith("0.0."):
        told = "lgpio is missing" if found.lgpio is None else f"lgpio {found.lgpio} is an empty stub"
        return [
            Finding("gpio", Result.FAILURE, f"{told}: gpiozero has no way to the pins", "sudo ./install.sh, or pip install 'lgpio>=0.2.2'")
        ]
    return [Finding("gpio", Result.OK, f"{', '.join(found.chips)}, lgpio {found.lgpio}"), *_fifo(host)]


def _fifo(host: Host) -> list[Finding]:
    found = host.pins
    if found.fifo_writable:
        return [Finding("LG_WD", Result.OK, f"{found.fifo} can be written: lgpio finds room for its FIFO")]
    mend = "set LG_WD and TMPDIR to a directory that simgate may write to (/run/simgate/lgpio in the unit)"
    return [Finding("LG_WD", Result.FAILURE, f"{found.fifo} cannot be written: lgpio cannot be loaded", mend)]


def lines(host: Host, kind: str, wirings: Sequence[Wiring], running: bool) -> list[Finding]:
    """Who else has one of the pins; while an agent runs they are its own."""
    whose = used(wirings)
    if kind == "mock" or not whose:
        return []
    if running:
        return [Finding("lines", Result.OK, f"the agent has its {len(whose)} pins")]
    bad = [
        Finding(
            "lines", Result.FAILURE, f"{pin} of {whose[pin]} is taken by {holder!r}", "end what has it (`gpioinfo`), or take another pin"
        )
        for pin, holder in host.pins.claimed.items()
    ]
    if host.pins.unseen:
        bad.append(Finding("lines", Result.UNKNOWN, f"who has {', '.join(host.pins.unseen)} cannot be told"))
    return bad or [Finding("lines", Result.OK, f"none of {len(whose)} pins is taken by anybody else")]


def leds(seen: Sequence[Seen], wirings: Sequence[Wiring]) -> list[Finding]:
    """LEDs that cannot be set."""
    wired = {one.slot for one in wirings if one.led is not None and one.slot}
    if not wired:
        return []
    dead = [one.slot for one in seen if one.slot in wired and one.led is False]
    told = [one for one in seen if one.slot in wired and one.led is not None]
    if not told:
        return [Finding("leds", Result.UNKNOWN, "whether the LEDs can be lit was not tried")]
    mend = "its pin is another's or its expander fails: `gpioinfo`, wiring; then restart simgate"
    return grouped("leds", Result.WARNING, [(slot, "its LED cannot be lit", mend) for slot in dead]) or [
        Finding("leds", Result.OK, f"{len(told)} LEDs can be lit; simgate led blink SLOT shows one")
    ]


def polarity(seen: Sequence[Seen], wirings: Sequence[Wiring]) -> list[Finding]:
    """Lines that say "no card" where the modem reads one: most of them, the level is meant the other way round."""
    lined = {one.slot: one for one in wirings if one.presence is not None and one.slot}
    if not lined:
        return []
    both = [one for one in seen if one.slot in lined and one.line is not None and one.card is not None]
    wrong = [one for one in both if one.card and not one.line]
    if not both:
        return [Finding("polarity", Result.UNKNOWN, "no line could be compared with what its modem sees")]
    if not wrong:
        return [Finding("polarity", Result.OK, f"{len(both)} lines agree with their modems, or show a card that the modem cannot see")]
    if 2 * len(wrong) > len(both):
        now = lined[wrong[0].slot].presence_active
        other = "high" if now == "low" else "low"
        told = f"{len(wrong)} of {len(both)} lines say that no card is in where the modem reads one"
        return [Finding("polarity", Result.FAILURE, told, f'say presence_active = "{other}" (it is "{now}"), or turn the wiring round')]
    mend = "its switch or wire: the line must change when a card goes in; simgate led blink SLOT finds the place"
    return grouped("polarity", Result.WARNING, [(one.slot, "the line says that no card is in, the modem reads one", mend) for one in wrong])
