"""What is emulated, and on a machine with a device tree that tree: it says that it is a Pi."""

from pathlib import Path

from .pieces import Arch, kept, run

PI_4B = "a03111"  # as the bootloader of a Pi 4 Model B writes it
# They go: the first gpiochip is to be the header.
OTHERS = ("/pl061@9030000", "/gpio-keys")


def board(arch: Arch) -> list[str]:
    """The words that give QEMU this board. LabError."""
    words = [*arch.machine, "-smp", "2", "-m", "768", "-nodefaults", "-display", "none"]
    if not arch.device_tree:
        return words
    name = "board.dtb"

    def tree(to: Path) -> None:
        run(arch.qemu, *words, "-machine", f"dumpdtb={to / name}")
        run("fdtput", "-r", to / name, *OTHERS)
        run("fdtput", "-p", "-t", "x", to / name, "/system", "linux,revision", PI_4B)

    place = kept(f"board-{arch.name}", [" ".join((*words, PI_4B, *OTHERS)), run(arch.qemu, "--version")], tree)
    return [*words, "-dtb", str(place / name)]
