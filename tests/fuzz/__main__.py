"""Fuzz everything (extra `fuzz`): `python -m tests.fuzz --runs N [--target NAME]... [--minutes M] [--keep]`; exit 1 when anything broke."""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from agent.modems.transcripts import escape

from . import corpus
from .target import Target
from .targets import TARGETS

RSS = 512  # MB that a target may take, the fuzzer's own 150 included
SLOW = 10  # seconds that one input may take, instrumented, on a busy machine
ONE = (sys.executable, "-m", "tests.fuzz.one")


class Ran(NamedTuple):
    """What came of one target."""

    name: str
    runs: int
    seconds: float
    said: str
    broke: list[bytes]


def main() -> int:
    """A line a target, and all of it together."""
    wanted = _options()
    if find_spec("atheris") is None:
        sys.exit("the fuzzer is not installed; pip install '.[fuzz]' (there are wheels for x86-64 Linux)")
    names = wanted.target or list(TARGETS)
    shares = sum(TARGETS[name].share for name in names)
    print(f"{'target':<12} {'runs':>9} {'runs/s':>8} {'kept':>5}", flush=True)
    total, broke = 0, 0
    for name in names:
        target = TARGETS[name]
        runs = max(wanted.least, wanted.runs * target.share // shares)
        ran, kept = fuzz(name, target, runs, wanted.minutes * 60 * target.share / shares, keep=wanted.keep)
        total, broke = total + ran.runs, broke + len(ran.broke)
        print(f"{name:<12} {ran.runs:>9} {ran.runs / max(ran.seconds, 0.001):>8.0f} {kept:>5}", flush=True)
        for one in ran.broke:
            print(f"BROKE {name}: {escape(one)}\n{ran.said}", flush=True)
    print(f"{'all':<12} {total:>9}, {broke} broke something", flush=True)
    return 1 if broke else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000, help="inputs in all, shared out among the targets")
    parser.add_argument("--least", type=int, default=1, help="inputs for each target at least")
    parser.add_argument("--minutes", type=float, default=0, help="stop after so long, whatever is left; 0 = when the runs are done")
    parser.add_argument("--target", action="append", choices=sorted(TARGETS), help="this one alone; may be repeated")
    parser.add_argument("--keep", action="store_true", help="write the corpus anew: the fewest inputs that reach all that was reached")
    return parser.parse_args()


def fuzz(name: str, target: Target, runs: int, seconds: float, *, keep: bool) -> tuple[Ran, int]:
    """Run one target; what came of it, and how many inputs are kept."""
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        corpus.unpack(place / "corpus", [one[: target.longest] for one in [*corpus.of(name), *target.seeds()]])
        (place / "words").write_text("".join(f'"{_quoted(word)}"\n' for word in target.words), "ascii")
        flags = [f"-runs={runs}", f"-dict={place / 'words'}", f"-max_total_time={seconds:.0f}" if seconds else "-max_total_time=0"]
        ran = _run(name, place, target, flags, place / "corpus")
        kept = corpus.read(corpus.CORPUS / f"{name}.txt")
        if keep:
            (place / "merged").mkdir()
            _run(name, place, target, ["-merge=1"], place / "merged", place / "corpus")
            kept = corpus.unpacked(place / "merged")
            corpus.write(corpus.CORPUS / f"{name}.txt", kept)
        return ran, len(kept)


def _run(name: str, place: Path, target: Target, flags: list[str], *folders: Path) -> Ran:
    began = time.monotonic()
    bounds = [f"-max_len={target.longest}", f"-rss_limit_mb={RSS}", f"-timeout={SLOW}", f"-artifact_prefix={place}/broke-", "-verbosity=1"]
    done = subprocess.run(
        [*ONE, name, *flags, *bounds, *map(str, folders)],
        cwd=corpus.HERE.parents[1],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    ran = re.findall(r"^(?:Done |#)(\d+)\b", done.stderr, re.MULTILINE)
    broke = [file.read_bytes() for file in sorted(place.glob("broke-*"))]
    if done.returncode and not broke:
        raise SystemExit(f"{name}: the fuzzer itself ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return Ran(name, int(ran[-1]) if ran else 0, time.monotonic() - began, done.stderr[-3000:] + done.stdout[-2000:], broke)


def _quoted(word: str) -> str:
    return "".join(chr(octet) if chr(octet).isascii() and chr(octet).isalnum() else f"\\x{octet:02X}" for octet in word.encode())


if __name__ == "__main__":
    sys.exit(main())
