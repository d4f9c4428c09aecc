"""A database that is opened by a process which is killed: at the first thing it does, at the second, and so on."""

import subprocess
import sys
from pathlib import Path

# Every SQL statement and everything done to a file counts; the process dies before it is done.
_DYING = """
import itertools, os, pathlib, shutil, signal, sqlite3, sys
source, room = map(pathlib.Path, sys.argv[1:3])
sys.path[:0] = [sys.argv[3]]
from agent.sync import database
from agent.sync.outbox import Outbox
connect, left = sqlite3.connect, None

def counted(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def connected(*words, **more):
    conn = connect(*words, **more)
    conn.set_trace_callback(counted)
    return conn

def audited(event, _):
    if left and event in ("os.rename", "os.remove", "os.mkdir", "shutil.copyfile", "sqlite3.connect"):
        counted()

def dying(path, moment):
    global left
    left = moment
    database.sqlite3.connect = connected
    sys.addaudithook(audited)
    Outbox.open(path)
    os._exit(0)

for moment in itertools.count(1):
    shutil.copytree(source, room / str(moment))
    child = os.fork() or dying(room / str(moment) / "simgate.db", moment)
    status = os.waitpid(child, 0)[1]
    if status != signal.SIGKILL:
        sys.exit(status)
"""


def killed(source: Path, room: Path) -> list[Path]:
    """What becomes of copies of `source/simgate.db` and what is beside it, one for each moment; the last was not killed."""
    command = [sys.executable, "-c", _DYING, str(source), str(room), str(Path(__file__).parents[1])]
    subprocess.run(command, check=True, capture_output=True)
    return [one / "simgate.db" for one in sorted(room.iterdir(), key=lambda one: int(one.name))]
