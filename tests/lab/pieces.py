"""Pieces of a virtual machine that are made once and kept, each under the hash of what it was made from."""

import fcntl
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
    "fakeroot": "fakeroot",
    "fdtput": "device-tree-compiler",
    "git": "git",
    "qemu-img": "qemu-utils",
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-system-aarch64": "qemu-system-arm",
    "qemu-aarch64-static": "qemu-user-static",
    "qemu-arm-static": "qemu-user-static",
    "update-binfmts": "binfmt-support",
    "arch-test": "arch-test",
}


class LabError(Exception):
    """The lab cannot be set up; says what is missing, or which command failed."""


@dataclass(frozen=True)
class Arch:
    """One architecture: Debian's name and QEMU's, what is emulated, wheel tags, and how much slower than amd64 it is there."""

    name: str
    processor: str
    machine: tuple[str, ...]
    console: str
    wheels: tuple[str, ...]
    pace: float
    device_tree: bool = False

    @property
    def qemu(self) -> str:
        """The command."""
        return f"qemu-system-{self.processor}"


ARCHES = {
    "amd64": Arch(
        "amd64",
        "x86_64",
        ("-M", "q35,sata=off,smbus=off"),
        "ttyS0",
        ("linux_x86_64", "manylinux2014_x86_64", "manylinux_2_28_x86_64"),
        pace=1.0,
    ),
    "arm64": Arch(
        "arm64",
        "aarch64",
        ("-M", "virt", "-cpu", "cortex-a72"),
        "ttyAMA0",
        ("linux_aarch64", "manylinux2014_aarch64", "manylinux_2_28_aarch64"),
        pace=2.0,
        device_tree=True,
    ),
}


def cache() -> Path:
    """Where pieces are kept; SIMGATE_LAB_CACHE says otherwise."""
    return Path(os.environ.get("SIMGATE_LAB_CACHE") or Path.home() / ".cache/simgate-lab")


def missing(*commands: str) -> list[str]:
    """The Debian packages of those that are not here."""
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    return sorted({PACKAGES[command] for command in commands if not shutil.which(command, path=path)})


def need(*commands: str) -> None:
    """LabError with the names of the Debian packages whose commands are missing."""
    if packages := missing(*commands):
        raise LabError(f"the lab cannot run here: apt-get install {' '.join(packages)}")


def run(*command: str | Path, env: dict[str, str] | None = None, aloud: bool = False) -> str:
    """What it says; LabError with all of it when it fails. `aloud`: it is said at once, and not returned."""
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    words, whole = [str(word) for word in command], {**os.environ, "PATH": path, **(env or {})}
    done = subprocess.run(words, env=whole, capture_output=not aloud, text=True, check=False)
    if done.returncode:
        raise LabError(
            f"{shlex.join(map(str, command))} ended with {done.returncode}:\n{(done.stdout or '')[-2000:]}{(done.stderr or '')[-4000:]}"
        )
    return done.stdout or ""


def kept(name: str, inputs: Sequence[str | bytes | Path], make: Callable[[Path], None]) -> Path:
    """The directory that `make` has filled, for these inputs; made again only when one of them is another."""
    sum_ = hashlib.sha256()
    for one in inputs:
        for text in _texts(one):
            sum_.update(hashlib.sha256(text).digest())
    place = cache() / f"{name}-{sum_.hexdigest()[:16]}"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with (place.parent / f".{name}.lock").open("w") as lock:
            # Another run may be making it now; what lies there and is nobody's was left by one that was killed.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not place.exists():
                _make(name, place, make)
    return place


def _make(name: str, place: Path, make: Callable[[Path], None]) -> None:
    print(f"lab: making {name}", file=sys.stderr, flush=True)
    for left in place.parent.glob(f".{name}-*"):
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{name}-") as made:
        fresh = Path(made) / "piece"
        fresh.mkdir()
        make(fresh)
        fresh.rename(place)
    _forget_others(name, place)


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
