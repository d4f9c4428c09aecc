"""What the bench measures on: a rack and an agent, each a process of its own, and an endpoint here."""

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hw.simulated.endpoint import SimulatedEndpoint

AGENT = [sys.executable, "-c", "from agent.cli.main import main; main()"]
LIMIT = 60.0


class Agent:
    """A running `simgate run`, looked at from outside through /proc."""

    def __init__(self, process: asyncio.subprocess.Process, directory: Path, endpoint: SimulatedEndpoint, began: float) -> None:
        self.pid, self.directory, self.endpoint, self.began = process.pid, directory, endpoint, began

    async def ask(self, verb: str, **words: object) -> Any:
        """One request on the control socket."""
        reader, writer = await asyncio.open_unix_connection(self.directory / "control.sock")
        writer.write(json.dumps({"verb": verb, **words}).encode() + b"\n")
        answer = json.loads(await reader.readline())
        writer.close()
        assert answer["ok"], answer
        return answer["answer"]

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def written(self) -> int:
        """Octets that this process has caused to be sent to a disk."""
        lines = dict(line.split(": ") for line in Path(f"/proc/{self.pid}/io").read_text().splitlines())
        return int(lines["write_bytes"])

    def memory(self) -> float:
        """Resident memory in MB."""
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{self.pid}/status").read_text().splitlines())
        return int(lines["VmRSS"].split()[0]) / 1024


@asynccontextmanager
async def agent(
    directory: Path, modems: int, *, delay: float = 0.02, lines: bool = False, timing: str = "", interval: float = 300
) -> AsyncIterator[Agent]:
    """A rack of `modems`, an endpoint, and an agent that has just been started on both."""
    endpoint = SimulatedEndpoint()
    await endpoint.start()
    words = ["--modems", str(modems), "--delay", str(delay), "--dir", str(directory), "--url", endpoint.url]
    rack = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hw.simulated", *words, *(["--lines"] if lines else []), stdout=asyncio.subprocess.PIPE
    )
    assert rack.stdout is not None
    await rack.stdout.readline()
    endpoint.key = (directory / "api.key").read_text().strip()
    file = directory / "simgate.toml"
    text = file.read_text().replace("[endpoint]\n", f"[endpoint]\ninterval = {interval}\n")
    file.write_text(f"{text}\n[timing]\n{timing}\n" if timing else text)
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(*AGENT, "run", "--config", str(file), stderr=asyncio.subprocess.DEVNULL)
    try:
        yield Agent(process, directory, endpoint, began)
    finally:
        process.terminate()
        await process.wait()
        rack.terminate()
        await rack.wait()
        await endpoint.close()


def cpu(words: Sequence[str], runs: int) -> float:
    """Seconds of CPU that a command takes at least; it must succeed. Of wall time a busy machine would make anything."""
    found = []
    for _ in range(runs + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return min(found)
