""".ci/run, beside an install.sh and a lab that do as they are told, on a machine whose apt-get is one, too."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAB = ["run", "run --suite-in bookworm", "run --suite-in trixie"]
TOOLS = ("bash", "env", "timeout", "dirname", "mktemp", "rm", "tail", "sh", "cat")


class Machine:
    """A checkout, and a PATH with nothing else in it than is needed."""

    def __init__(self, place: Path) -> None:
        self.top, self.bin, self.calls = place / "checkout", place / "bin", place / "calls"
        self.bin.mkdir(parents=True)
        for tool in TOOLS:
            (self.bin / tool).symlink_to(str(shutil.which(tool)))
        self.command("id", "echo 0")
        self.command("promtool", "true")
        self.suite("exit 0")
        self.lab("exit 0")
        (self.top / ".ci").mkdir()
        shutil.copy(ROOT / ".ci/run", self.top / ".ci/run")

    def suite(self, body: str) -> None:
        self._script(self.top / "install.sh", body)

    def lab(self, body: str, missing: str = "") -> None:
        self._script(self.top / "tests/lab/run", f'[ "$*" != --needs ] || {{ echo {missing}; exit; }}\n{body}')

    def command(self, name: str, body: str) -> None:
        self._script(self.bin / name, body)

    def _script(self, path: Path, body: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "{path.name} $*" >>{self.calls}\n{body}\n', "utf-8")
        path.chmod(0o755)

    def ci(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.top / ".ci/run"), *words], env={**os.environ, "PATH": str(self.bin)}, capture_output=True, text=True, check=False
        )

    def ran(self, start: str) -> list[str]:
        return [line.strip() for line in self.calls.read_text("utf-8").splitlines() if line.startswith(start)]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Suite and lab pass, and nothing is missing."""
    return Machine(tmp_path)


@pytest.mark.parametrize(("suite", "lab", "code"), [(0, 0, 0), (3, 0, 3), (0, 1, 1), (3, 1, 1)])
def test_it_fails_when_the_suite_or_the_lab_does(machine: Machine, suite: int, lab: int, code: int) -> None:
    machine.suite(f"exit {suite}")
    machine.lab(f"exit {lab}")
    assert machine.ci().returncode == code
    assert machine.ran("install.sh") == ["install.sh --test"]
    assert machine.ran("run") == ["run --needs", *LAB]


@pytest.mark.parametrize("fails", ["", "--suite-in bookworm", "--suite-in trixie"])
def test_each_part_of_the_lab_may_fail_and_the_others_run_all_the_same(machine: Machine, fails: str) -> None:
    machine.lab(f'[ "$*" != "{fails}" ]')
    assert machine.ci().returncode == 1
    assert machine.ran("run") == ["run --needs", *LAB]


def test_arguments_choose_tests_of_the_suite_and_leave_the_lab_out(machine: Machine) -> None:
    machine.suite("exit 5")
    assert machine.ci("-k", "two words").returncode == 5
    assert machine.ran("install.sh") == ["install.sh --test -k two words"]
    assert machine.ran("run") == []


def test_the_packages_that_the_lab_misses_are_installed(machine: Machine) -> None:
    machine.lab("exit 0", missing="one two")
    machine.command("apt-get", "exit 0")
    assert machine.ci().returncode == 0
    assert [call.rpartition(" install ")[2] for call in machine.ran("apt-get") if " install " in call] == [
        "-y --no-install-recommends one two"
    ]
    assert machine.ran("run")[1:] == LAB


@pytest.mark.parametrize("apt", [None, 'echo "E: no such package"; exit 100'])
def test_where_they_cannot_be_had_the_lab_is_left_out_and_that_is_said(machine: Machine, apt: str | None) -> None:
    machine.lab("exit 1", missing="one two")
    if apt:
        machine.command("apt-get", apt)
    done = machine.ci()
    assert done.returncode == 0
    assert "THE LAB WAS NOT RUN" in done.stderr
    assert "apt-get install one two" in done.stderr
    assert ("E: no such package" if apt else "there is no apt-get") in done.stderr
    assert machine.ran("run") == ["run --needs"]


def test_a_lab_that_cannot_say_what_it_needs_fails(machine: Machine) -> None:
    (machine.top / "tests/lab/run").write_text("#!/bin/sh\nexit 1\n", "utf-8")
    assert machine.ci().returncode == 1


def test_who_may_not_install_packages_is_told(machine: Machine) -> None:
    machine.lab("exit 1", missing="one")
    machine.command("apt-get", "exit 0")
    machine.command("id", "echo 1000")
    machine.command("sudo", 'echo "sudo: a password is required" >&2; exit 1')
    done = machine.ci()
    assert done.returncode == 0
    assert "a password is required" in done.stderr
    assert "THE LAB WAS NOT RUN" in done.stderr
