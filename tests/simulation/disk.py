"""The card in the Pi: what is on it after a kill or a power cut, full, locked or spoilt. The files are real, on a file system in memory."""

import random
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

SHM = Path("/dev/shm")  # real fsync would cost a simulated day minutes
NAME = "simgate.db"
FULL = 2  # PRAGMA synchronous: every commit is on the card before it returns


class Disk:
    """One directory each life; the next one finds what the last one left. `calls`: how often the disk was asked for something."""

    def __init__(self, chance: random.Random, now: Callable[[], float]) -> None:
        self._chance, self._now = chance, now
        self.left_at = 0.0  # when the last life ended
        self._home = Path(tempfile.mkdtemp(prefix="simgate-", dir=SHM if SHM.is_dir() else None))
        self._life = 0
        self._connections: list[sqlite3.Connection] = []
        self._locker: sqlite3.Connection | None = None
        self.full = False
        self.full_since = self.full_until = self.locked_until = self.spoilt_at = float("-inf")
        self.slow = 0.0
        self.calls = 0
        self.directory.mkdir()
        self.around_call: Callable[[str], None] = lambda _: None  # told "before" and "after" each call

    @property
    def directory(self) -> Path:
        """Of the life that is."""
        return self._home / str(self._life)

    @property
    def path(self) -> Path:
        """The database of the life that is."""
        return self.directory / NAME

    def connect(self, *args: Any, **kwargs: Any) -> sqlite3.Connection:
        """sqlite3.connect, remembered."""
        connection: sqlite3.Connection = sqlite3.dbapi2.connect(*args, **kwargs)
        self._connections.append(connection)
        return connection

    def do(self, call: Callable[[], Any]) -> tuple[Callable[[], Any], float]:
        """Make one call of the store's: its outcome, and the seconds it takes."""
        self.calls += 1
        self.around_call("before")
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        if self.full:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
        try:
            outcome = _give(call())
        except Exception as error:  # noqa: BLE001 - it is handed on to the asker
            outcome = _raise(error)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        self.around_call("after")
        return outcome, self._seconds()

    def _seconds(self) -> float:
        return self.slow or self._chance.uniform(0.002, 0.03)

    # The end of a life -----------------------------------------------------------------------------------------------

    def leave(self, *, power: bool) -> Path:
        """The process is no more: the directory of the next life, with what is on the card. `power`: what was not synced is lost."""
        synced = self._is_synced()
        before, self._life, self.left_at = self.directory, self._life + 1, self._now()
        shutil.copytree(before, self.directory)
        journal = self.path.with_name(NAME + "-wal")
        if power and not synced and journal.exists():
            size = journal.stat().st_size
            with journal.open("r+b") as file:
                file.truncate(self._chance.randint(0, size))
        return before

    def _is_synced(self) -> bool:
        for connection in self._connections:
            try:
                if connection.execute("PRAGMA synchronous").fetchone()[0] < FULL:
                    return False
            except sqlite3.Error:
                continue  # closed
        return True

    def forget(self, before: Path) -> None:
        """The life before has come to rest: its connections and files go."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        shutil.rmtree(before, ignore_errors=True)

    # Faults between two lives ----------------------------------------------------------------------------------------

    def tear(self) -> None:
        """The last write before the power went was cut anywhere: garbage behind the journal's last whole frame."""
        journal = self.path.with_name(NAME + "-wal")
        if journal.exists():
            with journal.open("ab") as file:
                file.write(self._chance.randbytes(self._chance.randint(1, 3000)))

    def spoil(self) -> bool:
        """Octets of the database rot; whether there was one."""
        if not self.path.exists() or self.path.stat().st_size < 200:
            return False
        with self.path.open("r+b") as file:
            size = self.path.stat().st_size
            for _ in range(self._chance.randint(1, 60)):
                file.seek(self._chance.randrange(size))
                file.write(self._chance.randbytes(self._chance.randint(1, 64)))
        return True

    def lock(self) -> None:
        """Another process has the file open for itself."""
        self.unlock()
        self._locker = sqlite3.dbapi2.connect(self.path, isolation_level=None)
        try:
            self._locker.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error:
            self.unlock()

    def unlock(self) -> None:
        """It ends."""
        if self._locker is not None:
            self._locker.close()
            self._locker = None

    def close(self) -> None:
        """Leave nothing."""
        self.unlock()
        self.forget(self._home)


def _give(result: Any) -> Callable[[], Any]:
    return lambda: result


def _raise(error: Exception) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail
