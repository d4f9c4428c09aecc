"""What a database says while no agent has it open: read from a copy, so that the file stays as it is to the last octet."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import StoreError
from agent.sim.identity import Iccid, Msisdn
from agent.sync.database import Copy, copied, faults, tables_of


@contextmanager
def read(path: Path) -> Iterator[Copy]:
    """The copy. StoreError when there is no file, or none that may be read."""
    if not there(path, os.R_OK):
        raise StoreError(f"database {path}: is not there", "start the agent: it makes one")
    with tempfile.TemporaryDirectory() as room, copied(path, Path(room) / "copy") as db, faults(path):
        yield db


def there(path: Path, right: int) -> bool:
    """Whether there is a file. StoreError when this user has not that right on it (os.R_OK, os.W_OK), or may not make it."""
    try:
        found = path.exists()
        allowed = os.access(path if found else path.parent, right) or not path.parent.exists()
    except PermissionError:
        allowed = False
    if not allowed:
        raise StoreError(f"database {path}: you may not {'write' if right == os.W_OK else 'read'} it", "use sudo")
    return found


def owned(path: Path) -> dict[Iccid, Msisdn]:
    """The numbers of `simgate number`; none where there is no file yet. StoreError."""
    if not there(path, os.R_OK):
        return {}
    with read(path) as db:
        if "owners" not in tables_of(db):
            return {}
        found = db.execute("SELECT iccid, number, calling_code FROM owners ORDER BY iccid").fetchall()
        return {Iccid(iccid): Msisdn(number, code) for iccid, number, code in found}
