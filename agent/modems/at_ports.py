"""Which tty of a modem is its AT port: a table of USB ids, overruled by the firmware notes. Pure."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agent.modems.notes import Profile
from agent.ports import Candidate


@dataclass(frozen=True, slots=True)
class PortRoles:
    """Interface numbers of one USB id: AT ports, best first, and ports that are never written to (diagnostics, GNSS)."""

    at: tuple[int, ...]
    never: tuple[int, ...] = ()


def port_roles(text: str) -> dict[str, PortRoles]:
    """The table agent/modems/at_ports.toml: USB id -> PortRoles."""
    tables = tomllib.loads(text)
    at, never = tables.get("at", {}), tables.get("not_at", {})
    return {usb_id: PortRoles(tuple(at.get(usb_id, ())), tuple(never.get(usb_id, ()))) for usb_id in at.keys() | never.keys()}


def at_ports(candidates: Sequence[Candidate], profiles: Iterable[Profile], table: Mapping[str, PortRoles]) -> list[Candidate]:
    """The ttys that may be the AT port, best first: by the notes, then by the table of USB ids, then in order of interface."""
    known = tuple(profiles)
    roles = {usb_id: _roles(usb_id, known, table) for usb_id in {candidate.usb_id or "" for candidate in candidates}}

    def rank(candidate: Candidate) -> tuple[int, int]:
        role = roles[candidate.usb_id or ""]
        if candidate.interface in role.at:
            return role.at.index(candidate.interface), 0
        return 99, candidate.interface if candidate.interface is not None else 0

    return sorted((candidate for candidate in candidates if candidate.interface not in roles[candidate.usb_id or ""].never), key=rank)


def more_to_come(candidates: Sequence[Candidate], usb_id: str | None, profiles: Sequence[Profile], table: Mapping[str, PortRoles]) -> bool:
    """Whether a better AT port may still appear: the best known one has no tty yet, or none is known; off USB there is none."""
    if usb_id is None:
        return False
    role = _roles(usb_id, profiles, table)
    if role.at:
        return role.at[0] not in (candidate.interface for candidate in candidates)
    return without_at(profiles, usb_id) is None


def has_at(usb_id: str, profiles: Iterable[Profile], table: Mapping[str, PortRoles]) -> bool:
    """Whether a modem is known by that USB id, and has an AT port."""
    return _roles(usb_id, profiles, table).at != ()


def without_at(profiles: Iterable[Profile], usb_id: str | None) -> str | None:
    """What a person should know about a USB id under which there is no AT port; None for every other id."""
    return next((profile.why for profile in profiles if profile.usb.get(usb_id or "") == ()), None)


def _roles(usb_id: str, profiles: Iterable[Profile], table: Mapping[str, PortRoles]) -> PortRoles:
    """Families share USB ids: an AT port of one note may be the other family's second choice, and is lost to neither."""
    known = table.get(usb_id, PortRoles(()))
    noted = (interface for profile in profiles for interface in profile.usb.get(usb_id, ()))
    at = tuple(dict.fromkeys((*noted, *known.at)))
    return PortRoles(at, tuple(number for number in known.never if number not in at))
