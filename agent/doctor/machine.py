"""What the machine says, judged: service, ModemManager, groups, power, disk, the USB's limits. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.doctor.finding import Finding, Result
from agent.doctor.host import Account, Disk, Host, Plug

MEGABYTE = 1 << 20
FULL, TIGHT = 8 * MEGABYTE, 200 * MEGABYTE  # octets free: no room for the database and its log, and little for a system's own
WORN = 9  # tenths of a card's life
FEW = 2  # places left on the USB
UNDER_VOLTAGE, CAPPED, ONCE = 1 << 0, 0b1110, 1 << 16  # bits of get_throttled; the rest of the low four: slowed down or too hot


@dataclass(frozen=True, slots=True)
class Limit:
    """What a model's USB takes: `most` things, or modems alone; where that is told."""

    most: int
    modems_only: bool
    source: str


LIMITS = {
    "Raspberry Pi 4": Limit(32, False, "raspberrypi/linux#3366"),
    "Raspberry Pi 3": Limit(6, True, "raspberrypi/firmware#582"),
}


def service(host: Host, running: bool) -> list[Finding]:
    """systemd's word on the unit; `running`: an agent answers, whoever started it."""
    unit = host.unit
    if unit is None:
        return [Finding("service", Result.NOTE, "simgate is not installed as a service here", "sudo ./install.sh")]
    if unit.active == "failed":
        return [
            Finding("service", Result.FAILURE, f"the service has failed ({unit.result})", "journalctl -u simgate; then systemctl restart")
        ]
    if unit.active != "active":
        told = "an agent runs beside it" if running else "nothing is sold"
        return [Finding("service", Result.WARNING, f"the service is {unit.active} ({unit.sub}): {told}", "sudo systemctl start simgate")]
    if unit.restarts:
        return [
            Finding("service", Result.WARNING, f"systemd has restarted the service {unit.restarts} times", "journalctl -u simgate -p err")
        ]
    return [Finding("service", Result.OK, "the service is active")]


def modem_manager(host: Host) -> list[Finding]:
    """It opens every AT port that it is not told to leave alone."""
    if host.processes is None:
        return [Finding("ModemManager", Result.UNKNOWN, "the processes cannot be listed")]
    if not any(name.lower().startswith("modemmanager") for name in host.processes):
        return [Finding("ModemManager", Result.OK, "ModemManager does not run")]
    plugs = [plug for plug in host.plugs or () if plug.ttys]
    open_to_it = [plug.usb for plug in plugs if not plug.ignored]
    if plugs and not open_to_it:
        return [Finding("ModemManager", Result.OK, f"ModemManager runs, and udev keeps it from all {len(plugs)} modems")]
    whose = ", ".join(open_to_it) or "any modem that is plugged in"
    mend = "sudo ./install.sh puts the udev rule in place; or sudo systemctl disable --now ModemManager"
    return [Finding("ModemManager", Result.WARNING, f"ModemManager runs, and no udev rule is seen to keep it from {whose}", mend)]


def groups(host: Host, *, ttys: bool, pins: bool, running: bool) -> list[Finding]:
    """Of the service's account where there is a service, else of the caller's; `ttys`, `pins`: whether the configuration needs any."""
    caller = host.account
    if caller is None:
        return [Finding("groups", Result.UNKNOWN, "which account this is cannot be told")]
    served = host.service is not None and (host.unit is not None or caller.name == "root")
    who = host.service if served and host.service is not None else caller
    if running and who is caller and caller.name != "root":
        return [Finding("groups", Result.OK, "the agent runs, and says itself which tty or pin is shut to it"), *_verbs(caller)]
    needed = [name for name, needs in (("dialout", ttys), ("gpio", pins)) if needs]
    absent = [name for name in needed if name not in who.groups]
    if who.name != "root" and absent:
        makes = "".join(f"sudo addgroup --system {name}; " for name in absent if name not in who.there)
        again = "restart the service" if served else "log in again"
        mend = f"{makes}sudo usermod -aG {','.join(absent)} {who.name}, then {again}"
        return [Finding("groups", Result.FAILURE, f"{who.name} is not in {' and '.join(absent)}: its ttys or pins are shut to it", mend)]
    return [Finding("groups", Result.OK, _enough(who, needed)), *_verbs(caller)]


def _enough(who: Account, needed: Sequence[str]) -> str:
    return "root may open everything" if who.name == "root" else f"{who.name} is in {' and '.join(needed) or 'every group that is needed'}"


def _verbs(who: Account) -> list[Finding]:
    if who.name == "root" or "simgate" not in who.there or "simgate" in who.groups:
        return []
    mend = f"sudo usermod -aG simgate {who.name}, then log in again"
    return [Finding("groups", Result.NOTE, f"{who.name} is not in simgate: the service's verbs need sudo", mend)]


def power(host: Host) -> list[Finding]:
    """What the firmware has noticed of the supply."""
    bits = host.throttled
    mend = "a supply of 5.1 V and 3 A or more, a short thick cable, and a powered hub for the modems"
    if bits is None:
        return [Finding("power", Result.UNKNOWN, "nobody here tells of under-voltage", "" if host.model is None else "install vcgencmd")]
    if bits & UNDER_VOLTAGE:
        return [Finding("power", Result.FAILURE, f"under-voltage now (get_throttled = {bits:#x})", mend)]
    if bits & ONCE:
        return [Finding("power", Result.WARNING, f"under-voltage since the start (get_throttled = {bits:#x})", mend)]
    if bits & CAPPED:
        return [Finding("power", Result.WARNING, f"the processor is slowed down (get_throttled = {bits:#x})", "cool it")]
    return [Finding("power", Result.OK, "no under-voltage since the start")]


def disk(host: Host) -> list[Finding]:
    """Where the database is, and how the card is."""
    found = host.disk
    where = found.mount or "the disk"
    bad: list[Finding] = []
    if found.writable is False:
        mend = f"sudo mount -o remount,rw {where}; if it falls back, the card is failing: dmesg, a new card"
        bad.append(Finding("disk", Result.FAILURE, f"{where} is mounted read-only: no change can be recorded", mend))
    if found.free is not None and found.free < TIGHT:
        result = Result.FAILURE if found.free < FULL else Result.WARNING
        bad.append(
            Finding("disk", result, f"{where} is full: {found.free // MEGABYTE} MB are free", "sudo journalctl --vacuum-size=50M; du -xh")
        )
    if found.errors:
        mend = "sudo fsck at the next start; a card that goes on so is failing: a new one"
        bad.append(Finding("disk", Result.FAILURE, f"ext4 has counted {found.errors} errors", mend))
    if found.worn is not None and found.worn >= WORN:
        bad.append(Finding("disk", Result.WARNING, f"the card has used up {min(found.worn, 10) * 10} % of its life", "a new card"))
    return bad or [_sound(found, where)]


def _sound(found: Disk, where: str) -> Finding:
    free = "" if found.free is None else f"{found.free // MEGABYTE} MB free"
    told = [f"{where} can be written" if found.writable else "", free, "no ext4 errors" if found.errors == 0 else ""]
    silent = [] if found.worn is not None else ["how worn the card is, it does not tell"]
    if found.writable is None or found.free is None:
        return Finding("disk", Result.UNKNOWN, "what the database's disk is cannot be told")
    return Finding("disk", Result.OK, "; ".join([", ".join(filter(None, told)), *silent]))


def usb(host: Host) -> list[Finding]:
    """How many are plugged in, against what the model takes."""
    if host.plugs is None:
        return [Finding("usb", Result.UNKNOWN, "the kernel lists no USB here")]
    modems = [plug for plug in host.plugs if plug.ttys]
    limit = next((limit for name, limit in LIMITS.items() if (host.model or "").startswith(name)), None)
    counted = _counted(host.plugs, modems)
    if limit is None:
        return [Finding("usb", Result.UNKNOWN if modems else Result.OK, f"{counted}; what this machine's controller takes is not known")]
    used, most = len(modems) if limit.modems_only else len(host.plugs), limit.most
    told = f"{counted}; a {host.model} takes {most} {'modems' if limit.modems_only else 'of all kinds'} ({limit.source})"
    mend = "a second Pi, or a USB controller of its own, for the modems beyond"
    # What is beyond the last place never shows up; of modems alone, all show up and misbehave.
    if used >= most + limit.modems_only:
        return [Finding("usb", Result.FAILURE, told, mend)]
    return (
        [Finding("usb", Result.WARNING, told, mend)] if used > most - FEW and not limit.modems_only else [Finding("usb", Result.OK, told)]
    )


def _counted(plugs: Sequence[Plug], modems: Sequence[Plug]) -> str:
    hubs = sum(plug.hub for plug in plugs)
    return f"{len(plugs)} on the USB: {len(modems)} with ttys, {hubs} hubs"
