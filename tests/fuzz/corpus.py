"""The kept inputs, one text file a target: a line an input, written as the octets of a transcript are."""

from collections.abc import Iterable
from pathlib import Path

from agent.modems.transcripts import escape, unescape

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"  # the fewest inputs that reach all that was ever reached; `--keep` writes them anew
FOUND = HERE / "found"  # inputs that once broke something; nothing takes them away


def read(file: Path) -> list[bytes]:
    """The inputs of one file; none when there is no file."""
    return [unescape(line) for line in file.read_text("ascii").splitlines()] if file.exists() else []


def write(file: Path, inputs: Iterable[bytes]) -> None:
    """Shortest first, none twice; an empty input says nothing."""
    kept = sorted({one for one in inputs if one}, key=lambda one: (len(one), one))
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(f"{escape(one)}\n" for one in kept), "ascii")


def of(target: str) -> list[bytes]:
    """Everything that is kept for a target."""
    return read(FOUND / f"{target}.txt") + read(CORPUS / f"{target}.txt")


def unpacked(folder: Path) -> list[bytes]:
    """The inputs that lie in a folder, a file each."""
    return [file.read_bytes() for file in sorted(folder.iterdir())]


def unpack(folder: Path, inputs: Iterable[bytes]) -> None:
    """A file for each input."""
    folder.mkdir(parents=True, exist_ok=True)
    for turn, one in enumerate(inputs):
        (folder / f"kept-{turn:05}").write_bytes(one)
