"""Debian roots of any architecture: what mmdebstrap makes, and whether this machine can run what is in them."""

import platform
from pathlib import Path

from .pieces import SUITE, LabError, need, run

BINFMT = Path("/proc/sys/fs/binfmt_misc")


def commands(processor: str) -> tuple[str, ...]:
    """What bootstrap() needs for this one, which is QEMU's name."""
    return ("mmdebstrap",) if _own(processor) else ("mmdebstrap", f"qemu-{processor}-static", "update-binfmts", "arch-test")


def _own(processor: str) -> bool:
    return platform.machine().startswith(processor)


def bootstrap(
    arch: str, processor: str, packages: tuple[str, ...], target: str | Path, *hooks: str, aloud: bool = False, release: str = SUITE
) -> None:
    """A root of that release for Debian's `arch`, which QEMU calls `processor`. LabError."""
    need(*commands(processor))
    # The kernel hands programs of another processor to QEMU, once it is told.
    if not _own(processor) and not (BINFMT / f"qemu-{processor}").exists():
        run("update-binfmts", "--enable", f"qemu-{processor}")
    run(
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        f"--architectures={arch}",
        f"--include={','.join(packages)}",
        "--dpkgopt=force-unsafe-io",
        # The headers of a kernel bring the kernel, which would make an initramfs that nobody boots: ten minutes of an emulated processor.
        "--dpkgopt=path-exclude=/etc/kernel/postinst.d/*",
        '--aptopt=Acquire::Retries "3"',
        *(f"--customize-hook={hook}" for hook in hooks),
        release,
        target,
        *_mirror(release),
        aloud=aloud,
    )


def _mirror(release: str) -> list[str]:
    """The source line of this machine's own Debian archive, for that release; empty: mmdebstrap's own choice."""
    try:
        said = run("apt-get", "indextargets", "--format", "$(LABEL) $(SITE)")
    except (LabError, FileNotFoundError):
        return []
    sites = [line.split()[1] for line in said.splitlines() if line.startswith("Debian ")]
    return [f"deb {sites[0]} {release} main"] if sites else []
