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
    roles: dict[str, PortRoles] = dict(table)
    for profile in profiles:
        for usb_id, interfaces in profile.usb.items():
            never = table[usb_id].never if usb_id in table else ()
            roles[usb_id] = PortRoles(interfaces, tuple(number for number in never if number not in interfaces))

    def rank(candidate: Candidate) -> tuple[int, int]:
        role = roles.get(candidate.usb_id or "")
        if role and candidate.interface in role.at:
            return role.at.index(candidate.interface), 0
        return 99, candidate.interface if candidate.interface is not None else 0

    def spared(candidate: Candidate) -> bool:
        role = roles.get(candidate.usb_id or "")
        return role is not None and candidate.interface in role.never

    return sorted((candidate for candidate in candidates if not spared(candidate)), key=rank)
