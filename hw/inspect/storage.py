"""The disk that the database is on: its mount, what is free, what ext4 has counted, how worn a card says it is."""

import re
from pathlib import Path

from agent.doctor.host import Disk
from hw.inspect.roots import Roots, names, number, text


def disk(roots: Roots, store: Path) -> Disk:
    """Of the file system that `store` is on, or will be."""
    place = store.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    mount = _mount(roots, place.resolve())
    return Disk(
        mount[0] if mount else None,
        "ro" not in mount[1] if mount else None,
        roots.free(place),
        _errors(roots),
        _worn(roots),
    )


def _mount(roots: Roots, place: Path) -> tuple[str, list[str]] | None:
    """Mount point and options: proc(5), blanks written as octal numbers. The last of those that fit best covers the others."""
    best: tuple[str, list[str]] | None = None
    for line in (text(roots.proc / "self/mounts") or "").splitlines():
        fields = line.split(" ")
        if len(fields) < 4:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[1])
        if place.is_relative_to(point) and (best is None or len(point) >= len(best[0])):
            best = point, fields[3].split(",")
    return best


def _errors(roots: Roots) -> int | None:
    """Over all ext4 file systems: Documentation/ABI, sysfs-fs-ext4."""
    home = roots.sys / "fs/ext4"
    counts = [number(home / name / "errors_count") for name in names(home)]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _worn(roots: Roots) -> int | None:
    """Tenths of its life, by the worse of both kinds of cells: JEDEC eMMC 5.0, DEVICE_LIFE_TIME_EST; SD cards do not tell."""
    found: list[int] = []
    for name in names(roots.sys / "block"):
        words = (text(roots.sys / "block" / name / "device/life_time") or "").split() if name.startswith("mmcblk") else []
        found += [int(word, 16) for word in words if re.fullmatch(r"0x[0-9a-fA-F]{1,2}", word)]
    return max(found, default=None)
