"""The whole agent through days of trouble on a virtual clock: a fixed set of seeds; `python -m tests.simulation` has the others."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from simulation.faults_rack import RACK_FAULTS
from simulation.plan import SLOT, plan

ROOT = Path(__file__).parents[1]
SEEDS, DAYS = "0-12", "0.15"  # every kind of fault, and every timing that a rack may have
FIXED = {"PYTHONHASHSEED": "0"}  # else it starts itself again with this


def simulated(*words: str, more: Mapping[str, str] = FIXED) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.simulation", "--tries", "5", *words]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **more}, capture_output=True, text=True, check=False)


@pytest.mark.timeout(600)  # a slow board
def test_no_promise_is_broken_by_these_seeds() -> None:
    done = simulated("--seeds", SEEDS, "--days", DAYS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 of 13 seeds broke a promise" in done.stdout
    assert all(f" {kind} " in done.stdout for kind in (*SLOT, *RACK_FAULTS)), done.stdout


@pytest.mark.timeout(300)
def test_a_seed_tells_the_same_story_whatever_the_process() -> None:
    first, second = (simulated("--seed", "3", "--days", "0.06", "--every", "60", more=more).stdout for more in ({}, FIXED))
    said = [re.sub(r"\d+ x real time", "", told) for told in (first, second)]
    assert said[0] == said[1]
    assert "fault" in said[0]


def test_every_kind_of_fault_is_planned() -> None:
    kinds = Counter(one.kind for seed in range(20) for one in plan(seed, 1.0, 8, 240.0))
    assert set(kinds) == {*SLOT, *RACK_FAULTS}
    assert min(kinds.values()) > 20


def test_leaving_out_one_fault_leaves_the_others_as_they_are() -> None:
    whole = plan(7, 1.0, 8, 240.0)
    assert [one.number for one in whole] == list(range(len(whole)))
    assert whole == plan(7, 1.0, 8, 240.0)
    assert whole != plan(8, 1.0, 8, 240.0)
