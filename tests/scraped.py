"""A scrape as Prometheus makes it, and promtool to judge it."""

import asyncio
import re
import shutil
import socket
import subprocess
from typing import NamedTuple

import pytest

PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="there is no promtool here: apt-get install prometheus")
SAMPLE = re.compile(r'^([a-zA-Z_:]\w*)(?:\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Scrape(NamedTuple):
    """One answer: its head, its body, and every sample by name and labels."""

    head: str
    body: str
    samples: dict[tuple[str, frozenset[tuple[str, str]]], float]

    def value(self, name: str, **labels: str) -> float | None:
        """Of that sample; None = there is none."""
        return self.samples.get((name, frozenset(labels.items())))

    @property
    def names(self) -> set[str]:
        """Of all that was told, also where it has no sample yet."""
        return {name for name, _ in self.samples} | set(re.findall(r"^# HELP (\S+)", self.body, re.MULTILINE))


def read(body: str, head: str = "") -> Scrape:
    """Every line that is no comment is a sample."""
    samples: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for line in body.splitlines():
        if not line.startswith("#"):
            found = SAMPLE.match(line)
            assert found, line
            key = found[1], frozenset(LABEL.findall(found[2] or ""))
            assert key not in samples, line
            samples[key] = float(found[3])
    return Scrape(head, body, samples)


async def scrape(port: int, path: str = "/metrics", method: str = "GET") -> Scrape:
    """Ask for them."""
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
        writer.close()
    return read(body, head) if head.startswith("HTTP/1.1 200") else Scrape(head, body, {})


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def promtool(*words: str, given: str | None = None) -> None:
    """It has nothing to say against it."""
    assert PROMTOOL is not None
    done = subprocess.run([PROMTOOL, *words], input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lint" not in done.stderr
