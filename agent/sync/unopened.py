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
    if not path.exists():
        raise StoreError(f"database {path}: is not there", "start the agent: it makes one")
    if not os.access(path, os.R_OK):
        raise StoreError(f"database {path}: you may not read it", "use sudo")
    with tempfile.TemporaryDirectory() as room, copied(path, Path(room) / "copy") as db, faults(path):
        yield db


def owned(path: Path) -> dict[Iccid, Msisdn]:
    """The numbers of `simgate number`; none where there is no file yet. StoreError."""
    if not path.exists():
        return {}
    with read(path) as db:
        if "owners" not in tables_of(db):
            return {}
        found = db.execute("SELECT iccid, number, calling_code FROM owners ORDER BY iccid").fetchall()
        return {Iccid(iccid): Msisdn(number, code) for iccid, number, code in found}
