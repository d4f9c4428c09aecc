"""Pieces of a virtual machine that are made once and kept, each under the hash of what it was made from."""

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SUITE = "trixie"
PYTHON = "3.13"  # of that suite
# Command -> the Debian package that has it.
PACKAGES = {
    "mmdebstrap": "mmdebstrap",
    "mke2fs": "e2fsprogs",
    "modprobe": "kmod",
    "cpio": "cpio",
    "git": "git",
    "qemu-img": "qemu-utils",
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-system-aarch64": "qemu-system-arm",
}


class LabError(Exception):
    """The lab cannot be set up; says what is missing, or which command failed."""


@dataclass(frozen=True)
class Arch:
    """One architecture: Debian's name, the emulator and what it emulates, wheel tags."""

    name: str
    qemu: str
    machine: tuple[str, ...]
    console: str
    wheels: tuple[str, ...]


ARCHES = {
    "amd64": Arch(
        "amd64",
        "qemu-system-x86_64",
        ("-M", "q35,sata=off,smbus=off"),
        "ttyS0",
        ("linux_x86_64", "manylinux2014_x86_64", "manylinux_2_28_x86_64"),
    ),
    "arm64": Arch(
        "arm64",
        "qemu-system-aarch64",
        ("-M", "virt", "-cpu", "cortex-a72"),
        "ttyAMA0",
        ("linux_aarch64", "manylinux2014_aarch64", "manylinux_2_28_aarch64"),
    ),
}


def cache() -> Path:
    """Where pieces are kept; SIMGATE_LAB_CACHE says otherwise."""
    return Path(os.environ.get("SIMGATE_LAB_CACHE") or Path.home() / ".cache/simgate-lab")


def need(*commands: str) -> None:
    """LabError with the names of the Debian packages whose commands are missing."""
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    missing = [PACKAGES[command] for command in commands if not shutil.which(command, path=path)]
    if missing:
        raise LabError(f"the lab cannot run here: apt-get install {' '.join(missing)}")


def run(*command: str | Path, env: dict[str, str] | None = None) -> str:
    """What it says; LabError with all of it when it fails."""
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    done = subprocess.run(
        [str(word) for word in command], env={**os.environ, "PATH": path, **(env or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LabError(f"{shlex.join(map(str, command))} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def kept(name: str, inputs: Sequence[str | bytes | Path], make: Callable[[Path], None]) -> Path:
    """The directory that `make` has filled, for these inputs; made again only when one of them is another."""
    sum_ = hashlib.sha256()
    for one in inputs:
        for text in _texts(one):
            sum_.update(hashlib.sha256(text).digest())
    place = cache() / f"{name}-{sum_.hexdigest()[:16]}"
    if not place.exists():
        print(f"lab: making {name}", file=sys.stderr, flush=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{name}-") as made:
            fresh = Path(made) / "piece"
            fresh.mkdir()
            make(fresh)
            fresh.rename(place)
        _forget_others(name, place)
    return place


def _texts(one: str | bytes | Path) -> list[bytes]:
    if isinstance(one, Path) and one.is_dir():
        files = sorted(file for file in one.rglob("*") if file.is_file())
        return [part for file in files for part in (str(file.relative_to(one)).encode(), file.read_bytes())]
    return [one.read_bytes() if isinstance(one, Path) else one if isinstance(one, bytes) else one.encode()]


def _forget_others(name: str, place: Path) -> None:
    """Of every piece the newest two are kept: a branch and its parent."""
    others = sorted((path for path in place.parent.glob(f"{name}-*") if path != place), key=lambda path: path.stat().st_mtime)
    for old in others[:-1]:
        shutil.rmtree(old)


def mirror() -> list[str]:
    """The source line of this machine's own Debian archive, for the suite of the guest; empty: mmdebstrap's own choice."""
    try:
        said = run("apt-get", "indextargets", "--format", "$(LABEL) $(SITE)")
    except (LabError, FileNotFoundError):
        return []
    sites = [line.split()[1] for line in said.splitlines() if line.startswith("Debian ")]
    return [f"deb {sites[0]} {SUITE} main"] if sites else []
