"""tests/lab/run: with which interpreter the lab is run."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("lab") / "run"


def run(checkout: Path, python: str | None) -> subprocess.CompletedProcess[str]:
    """tests/lab/run of a checkout in which there is nothing else."""
    copy = checkout / "tests/lab/run"
    copy.parent.mkdir(parents=True)
    shutil.copy(RUN, copy)
    environ = {name: value for name, value in os.environ.items() if name != "SIMGATE_PYTHON"}
    named = {} if python is None else {"SIMGATE_PYTHON": python}
    return subprocess.run([copy], cwd="/", env={**environ, **named}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("python", [None, "nobody-s-python"])
def test_where_there_is_no_interpreter_it_says_what_makes_one(tmp_path: Path, python: str | None) -> None:
    done = run(tmp_path, python)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"lab: there is no {python or '.venv/bin/python'}: run ./install.sh --test first\n"


def test_the_interpreter_that_is_named_runs_the_checkout_s_own_lab(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$PWD: $*"\n')
    python.chmod(0o755)
    assert run(tmp_path / "checkout", str(python)).stdout == f"{tmp_path / 'checkout'}: -m tests.lab\n"
