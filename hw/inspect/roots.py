"""Where the machine is looked at, and how a command is asked; tests give a directory tree instead."""

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 10.0  # seconds for one command

# What a command prints; None = there is no such command, it fails, or it takes too long.
Ask = Callable[[Sequence[str]], str | None]


def ask(words: Sequence[str]) -> str | None:
    """The real one; in plain English whatever the locale."""
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False, env={**os.environ, "LC_ALL": "C"}
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def free(place: Path) -> int | None:
    """Octets that may still be written there."""
    try:
        found = os.statvfs(place)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize


def packaged(name: str) -> str | None:
    """The version of an installed Python package."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  a tenth of the doctor's start

    try:
        return version(name)
    except PackageNotFoundError:
        return None


@dataclass(frozen=True, slots=True)
class Roots:
    """The directories, each the real one unless given, and what is no file."""

    proc: Path = Path("/proc")
    sys: Path = Path("/sys")
    etc: Path = Path("/etc")
    run: Path = Path("/run")
    dev: Path = Path("/dev")
    ask: Ask = ask
    free: Callable[[Path], int | None] = free
    packaged: Callable[[str], str | None] = field(default=packaged)


def text(file: Path) -> str | None:
    """What stands in it; None where it cannot be read."""
    try:
        return file.read_text("utf-8", "replace").replace("\0", "").strip()
    except OSError:
        return None


def number(file: Path) -> int | None:
    """The integer that stands in it, 0x.. allowed; None where there is none."""
    try:
        return int((text(file) or "").split()[0], 0)
    except (ValueError, IndexError):
        return None


def names(place: Path) -> list[str]:
    """What is in a directory, sorted; nothing where there is none."""
    try:
        return sorted(entry.name for entry in place.iterdir())
    except OSError:
        return []
