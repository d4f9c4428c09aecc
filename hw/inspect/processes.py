"""Processes, who has a tty open, and the accounts: the caller's and the service's."""

import re

from agent.doctor.host import Account, Holder
from hw.inspect.roots import Roots, names, text

SERVICE = "simgate"  # the account of the installed service


def processes(roots: Roots) -> frozenset[str] | None:
    """The names of all; None where they cannot be listed."""
    found = {text(roots.proc / pid / "comm") for pid in names(roots.proc) if pid.isdigit()}
    return frozenset(filter(None, found)) or None


def holders(roots: Roots) -> dict[str, tuple[Holder, ...]]:
    """Path of a tty -> who has it open; of processes of others only root sees it."""
    found: dict[str, dict[int, Holder]] = {}
    for pid in names(roots.proc):
        place = roots.proc / pid / "fd"
        for fd in names(place) if pid.isdigit() else ():
            try:
                target = str((place / fd).readlink())
            except OSError:
                continue
            if re.match(r"/dev/(tty[A-Z]|pts/)", target):
                found.setdefault(target, {})[int(pid)] = Holder(int(pid), text(roots.proc / pid / "comm") or "?")
    return {tty: tuple(who.values()) for tty, who in found.items()}


def account(roots: Roots) -> Account | None:
    """The caller's, with the groups of this session; root has all of them."""
    members = _groups(roots)
    there = frozenset(members)
    status = text(roots.proc / "self/status") or ""
    uid, gids = _ids(status, "Uid"), _ids(status, "Groups") + _ids(status, "Gid")[1:2]
    if len(uid) < 2:
        return None
    if uid[1] == "0":
        return Account("root", there, there)
    name = next((name for name, (its, _) in _users(roots).items() if its == uid[1]), uid[1])
    return Account(name, frozenset(group for group, (gid, _) in members.items() if gid in gids), there)


def service(roots: Roots) -> Account | None:
    """The installed service's, with the groups that its next start gives it."""
    users, members = _users(roots), _groups(roots)
    if SERVICE not in users:
        return None
    own = users[SERVICE][1]
    return Account(SERVICE, frozenset(name for name, (gid, who) in members.items() if SERVICE in who or gid == own), frozenset(members))


def _ids(status: str, key: str) -> list[str]:
    found = re.search(rf"^{key}:(.*)$", status, re.MULTILINE)
    return found[1].split() if found else []


def _groups(roots: Roots) -> dict[str, tuple[str, list[str]]]:
    """Name -> gid, members: group(5)."""
    rows = [line.split(":") for line in (text(roots.etc / "group") or "").splitlines()]
    return {row[0]: (row[2], row[3].split(",")) for row in rows if len(row) >= 4}


def _users(roots: Roots) -> dict[str, tuple[str, str]]:
    """Name -> uid, gid: passwd(5)."""
    rows = [line.split(":") for line in (text(roots.etc / "passwd") or "").splitlines()]
    return {row[0]: (row[2], row[3]) for row in rows if len(row) >= 4}
