"""The firmware notes and the table of AT ports as they were shipped: files -> Notes."""

from importlib.resources import files
from pathlib import Path

from agent.errors import NoteError
from agent.modems.at_ports import port_roles
from agent.modems.attach import Notes
from agent.modems.notes import parse_note

_PACKAGE = Path(str(files("agent")))
# Installed they travel inside the package; in a checkout they stand where people find them.
_HOMES = (_PACKAGE / "firmware-notes", _PACKAGE.parent / "firmware-notes")


def shipped() -> Notes:
    """Every note of this simgate. NoteError when one is wrong or all are missing."""
    home = next((home for home in _HOMES if home.is_dir()), None)
    if home is None:
        raise NoteError(f"{_HOMES[0]}: there are no firmware notes", "install simgate again")
    profiles = [parse_note(path.stem, path.read_text("utf-8")) for path in sorted(home.glob("*.md")) if path.stem != "README"]
    return Notes(profiles, port_roles((_PACKAGE / "modems" / "at_ports.toml").read_text("utf-8")))
