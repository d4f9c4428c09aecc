"""One visit of the doctor: every check in turn, each told before it begins."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.doctor import machine, pins, slots
from agent.doctor.configured import Configured, configured
from agent.doctor.finding import Finding, Result, ordered
from agent.doctor.host import Host
from agent.errors import NoAgentError, SimgateError
from agent.keeping.seen import Seen
from agent.ports import Board, Clock, Wiring
from agent.settings.values import Settings
from agent.sim.identity import Iccid, Msisdn
from agent.sync.request import Secret

if TYPE_CHECKING:
    import ssl

    from agent.modems.attach import Notes


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside: the machine, the clock, the running agent (`ask`: SimgateError), boards, notes, the owner's table, progress."""

    inspect: Callable[[Path | None, Sequence[str]], Host]
    clock: Clock
    ask: Callable[..., Any]
    build: Callable[[str, Sequence[Wiring]], Board]
    notes: "Callable[[], Notes]"
    table: Callable[[], Mapping[Iccid, Msisdn]]
    environ: Mapping[str, str]
    pid: int
    says: Callable[[str], None] = lambda _check: None
    trusted: "ssl.SSLContext | None" = None


@dataclass(slots=True)
class Visit:
    """What was found, and what the running agent said; `agent` is one word: runs, none, unasked (it runs, and may not be asked)."""

    found: list[Finding] = field(default_factory=list)
    settings: Settings | None = None
    agent: str = "none"
    status: dict[str, Any] | None = None
    seen: list[Seen] | None = None
    pid: int | None = None
    key: Secret | None = None


def visit(file: Path, world: World) -> Visit:
    """All checks on that configuration and this machine; what runs is left running, and nothing is saved anywhere."""
    one = Visit()
    world.says("configuration")
    read = configured(file, world.environ)
    one.found += read.findings
    one.settings = read.settings
    one.key = read.keyed.endpoint.api_key if read.keyed else None
    world.says("agent")
    if read.settings is not None:
        _meet_agent(one, world)
    world.says("machine")
    wirings = read.settings.wirings if read.settings else []
    host = world.inspect(read.settings.store if read.settings else None, list(pins.used(wirings)))
    one.found += _machine(host, one)
    if read.settings is not None:
        _rack(host, read.settings, one, world)
        _endpoint(read, one, world)
    else:
        one.found.append(
            Finding("rack", Result.UNKNOWN, "slots, pins and endpoint were not looked at: the configuration does not name them")
        )
    one.found = ordered(one.found)
    return one


def _meet_agent(one: Visit, world: World) -> None:
    """What it knows of the rack; without one, or one that may not be asked, a finding says so."""
    try:
        one.status = world.ask("status")
        told = world.ask("examine")
    except NoAgentError as error:
        one.found.append(
            Finding("agent", Result.NOTE, f"{error.what}: the doctor looks for itself", "sudo systemctl start simgate, or simgate run")
        )
        return
    except SimgateError as error:
        one.agent = "unasked"
        one.found.append(Finding("agent", Result.UNKNOWN, error.what, error.mend))
        return
    one.agent, one.pid = "runs", told["pid"]
    signs = {slot["slot"]: (slot["why"], slot["led"]) for slot in one.status["slots"]}
    one.seen = [replace(seen, why=signs[seen.slot][0], sign=signs[seen.slot][1]) for seen in map(Seen.of, told["slots"])]
    one.seen = [replace(seen, why=None) if _sold(one.status, seen.slot) else seen for seen in one.seen]
    if one.status["warning"]:
        one.found.append(Finding("agent", Result.WARNING, one.status["warning"], "the hub, its power, the USB host"))
    one.found.append(Finding("agent", Result.OK, "the agent answers"))


def _sold(status: Mapping[str, Any], name: str) -> bool:
    return any(slot["slot"] == name and slot["on_sale"] for slot in status["slots"])


def _machine(host: Host, one: Visit) -> list[Finding]:
    settings = one.settings
    wirings = settings.wirings if settings else []
    real = settings is not None and settings.board != "mock"
    needs_tty = any(wiring.usb or (wiring.tty or "").startswith("/dev/tty") for wiring in wirings)
    found = [
        *machine.service(host, one.agent != "none"),
        *machine.modem_manager(host),
        *machine.groups(host, ttys=needs_tty, pins=real and bool(pins.used(wirings)), running=one.agent != "none"),
        *machine.power(host),
        *machine.disk(host),
        *machine.usb(host),
    ]
    if settings is not None:
        found += pins.gpio(host, settings.board, wirings)
        found += pins.lines(host, settings.board, wirings, one.agent != "none")
    return found


def _rack(host: Host, settings: Settings, one: Visit, world: World) -> None:
    wirings = settings.wirings
    unclaimed = None
    if one.status is not None:
        unclaimed = [(stray["usb"], stray["usb_id"]) for stray in one.status["unclaimed"]]
    elif one.agent == "none":
        world.says("modems")
        unclaimed = _look(settings, one, world)
    one.found += slots.sockets(host, wirings, unclaimed)
    ours = [world.pid, *([one.pid] if one.pid else [])]
    one.found += slots.ttys(host, _places(host, wirings), ours, [seen.slot for seen in one.seen or () if seen.note])
    seen = one.seen
    if seen is None:
        one.found.append(Finding("slots", Result.UNKNOWN, "the agent has the modems, and was not asked"))
        return
    one.found += [*slots.on_sale(seen), *slots.notes(seen), *slots.imeis(seen), *pins.polarity(seen, wirings), *pins.leds(seen, wirings)]


def _look(settings: Settings, one: Visit, world: World) -> list[tuple[str, str]]:
    """The doctor's own; the modems that stand where no slot is."""
    import asyncio  # noqa: PLC0415  talk with modems: a running agent has it already

    from agent.doctor.bedside import Look, boards  # noqa: PLC0415  as above
    from agent.modems.at_ports import has_at  # noqa: PLC0415

    try:
        owned = world.table()
    except SimgateError as error:
        owned = {}
        one.found.append(Finding("database", Result.FAILURE, error.what, error.mend or "README, The database"))
    known = {iccid: (number, "table") for iccid, number in owned.items()}
    known |= {card.iccid: (card.number, "config") for card in settings.cards if card.number}
    notes = world.notes()
    board, real = boards(settings, world.build)
    try:
        one.seen = asyncio.run(Look(settings, board, notes, known.get, real=real).all())
        stand = {usb: ttys[0].usb_id for usb, ttys in board.unclaimed().items()}
    finally:
        board.close()
    return [(usb, usb_id) for usb, usb_id in stand.items() if usb_id and has_at(usb_id, notes.profiles, notes.roles)]


def _places(host: Host, wirings: Sequence[Wiring]) -> dict[str, tuple[str, ...]]:
    """Each slot's ttys as the kernel calls them."""
    by_usb = {plug.usb: tuple(f"/dev/{tty}" for tty in plug.ttys) for plug in host.plugs or ()}
    found = {}
    for one in wirings:
        if one.slot:
            found[one.slot] = (str(Path(one.tty).resolve()),) if one.tty else by_usb.get(one.usb or "", ())
    return found


def _endpoint(read: Configured, one: Visit, world: World) -> None:
    assert read.settings is not None
    world.says("clock, network")
    from agent.doctor import endpoint  # noqa: PLC0415  TLS, which no check before this one needs

    one.found.append(endpoint.clock(world.clock, agreed=bool(one.status and one.status["clock_ok"])))
    way = endpoint.way(read.settings.endpoint, world.clock, world.trusted)
    one.found += way.findings
    world.says("key")
    if not way.open:
        one.found.append(endpoint.untried_key())
    elif one.agent == "runs":
        one.found.append(_through_agent(world, endpoint.told))
    elif read.keyed is not None:
        one.found.append(endpoint.asked(read.keyed.endpoint, world.clock, world.trusted))
    else:
        one.found.append(Finding("key", Result.UNKNOWN, read.keyless, "run it as root: sudo simgate doctor"))


def _through_agent(world: World, told: Callable[[Mapping[str, Any]], Finding]) -> Finding:
    try:
        return told(world.ask("sync", test="test1"))
    except SimgateError as error:
        return Finding("key", Result.UNKNOWN, f"the agent does not try it: {error.what}", error.mend)
