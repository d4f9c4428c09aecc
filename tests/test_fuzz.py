"""Every input that the fuzzer has kept, replayed without it; and that a target which breaks is told."""

import subprocess
import sys
from pathlib import Path

import pytest
from fuzz import corpus
from fuzz.targets import TARGETS

ROOT = Path(__file__).parents[1]


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")  # of a regular expression somebody wrote
@pytest.mark.parametrize("name", sorted(TARGETS))
def test_no_kept_input_and_no_seed_breaks_its_target(name: str) -> None:
    kept = corpus.of(name)
    assert kept, f"python -m tests.fuzz --target {name} --keep"
    for octets in [*kept, *TARGETS[name].seeds(), b""]:
        TARGETS[name].run(octets)


def test_the_corpus_belongs_to_the_targets_and_is_small() -> None:
    files = [*corpus.CORPUS.iterdir(), *(corpus.FOUND.iterdir() if corpus.FOUND.exists() else ())]
    assert {file.stem for file in files} <= set(TARGETS)
    assert sum(file.stat().st_size for file in files) < 1 << 20
    for file in files:
        found = corpus.read(file)
        assert len(set(found)) == len(found)
        assert max(map(len, found)) <= TARGETS[file.stem].longest


def test_what_is_written_is_read_as_it_was(tmp_path: Path) -> None:
    inputs = [bytes(range(256)), b" a ", b"\\", b"\r\n", b" a "]
    corpus.write(tmp_path / "x.txt", [*inputs, b""])
    assert corpus.read(tmp_path / "x.txt") == [b"\\", b"\r\n", b" a ", bytes(range(256))]


# Each target, and an input that says something it would refuse if the product did not keep its promise.
@pytest.mark.parametrize(
    ("name", "breaks", "octets"),
    [
        ("lines", "agent.at.lines.Splitter._end", b"a\r\nb\r\n"),
        ("values", "agent.at.values.fields", b"+CNUM: 1,2"),
        ("codes", "agent.at.codes._plain", b"+CME ERROR: SIM busy"),
        ("ussd", "agent.at.ussd.texts", b'\x0f+CUSD: 0,"1",15'),
        ("notes", "agent.modems.notes._usb", b'+++\nname = "x"\n+++\n'),
        ("settings", "agent.settings.file._timing", b"a = 1"),
        ("control", "agent.control.Control._answer", b"{}"),
    ],
)
def test_a_target_passes_on_what_nobody_promised(name: str, breaks: str, octets: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(breaks, broken)
    with pytest.raises(ZeroDivisionError):
        TARGETS[name].run(octets)


def test_the_tool_tells_its_options_without_the_fuzzer() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.fuzz", "--help"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "--minutes" in done.stdout
