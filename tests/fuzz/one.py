"""One target under the fuzzer, which never returns, in a process of its own: `python -m tests.fuzz.one TARGET FLAG... FOLDER...`."""

import shlex
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["agent", "tomllib", "csv"]):
    from .targets import TARGETS


def main() -> None:
    """Until it has run as often as the flags say, or something broke."""
    name = sys.argv.pop(1)
    if "-merge=1" in sys.argv:
        sys.argv[0] = _again(name, Path(sys.argv[-1]).parent)
    atheris.Setup(sys.argv, TARGETS[name].run)
    atheris.Fuzz()


def _again(name: str, place: Path) -> str:
    """To merge, the fuzzer starts itself by the name that it was called by, through a shell: a file that may be run."""
    file = place / "again"
    file.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tests.fuzz.one {name} "$@"\n')
    file.chmod(0o700)
    return str(file)


if __name__ == "__main__":
    main()
