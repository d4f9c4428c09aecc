"""What install.sh makes out of the verbs: completions of shells, and the manual."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from child import ROOT, simgate
from click.shell_completion import ShellComplete
from gate import racked

from agent.cli.boards import shipped
from agent.cli.examples import EXAMPLES
from agent.cli.main import simgate as command
from agent.cli.manual import page, verbs, write
from hw.simulated.modem import SimulatedModem

VERBS = dict(verbs())
HEAVY = ("aiohttp", "gpiozero", "sqlite_utils", "phonenumbers", "serial_asyncio")


# -- completion --


def completed(*words: str) -> list[str]:
    """What a shell is offered for the last of these words."""
    *before, begun = words
    return [item.value for item in ShellComplete(command, {}, "simgate", "_SIMGATE_COMPLETE").get_completions(before, begun)]


def test_verbs_and_the_verbs_of_a_group_are_completed() -> None:
    assert completed("s") == ["status", "slots", "sync"]
    assert completed("led", "") == ["blink", "dark", "legend"]
    assert completed("sync", "--te") == ["--test"]
    assert completed("sync", "--test", "") == ["test1", "test2"]
    assert completed("config", "init", "--board", "usb-") == [name for name in shipped() if name.startswith("usb-")] != []


@pytest.mark.parametrize("verb", ["led blink", "fake eject", "detection"])
async def test_the_names_of_slots_are_completed_from_the_configuration(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async with racked(tmp_path, [SimulatedModem(), SimulatedModem()]) as rack:
        monkeypatch.setenv("SIMGATE_CONFIG", str(rack.file))
        assert completed(*verb.split(), "rack1-") == ["rack1-01", "rack1-02"]
        (tmp_path / "other.toml").write_text(rack.file.read_text().replace("rack1-0", "rack2-0"))
        assert completed(*verb.split(), "--config", str(tmp_path / "other.toml"), "rack2-02") == ["rack2-02"]
        assert completed("history", "--config", str(tmp_path / "other.toml"), "--slot", "rack2-02") == ["rack2-02"]
        rack.file.write_text("[slot\n")
        assert "rack1-01" not in completed(*verb.split(), "rack1-")
        monkeypatch.setenv("SIMGATE_CONFIG", str(tmp_path / "absent"))
        assert "rack1-01" not in completed(*verb.split(), "rack1-")
        assert capfd.readouterr() == ("", "")


async def test_a_tab_loads_nothing_that_is_heavy(tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem()]) as rack:
        for words in ("simgate s", "simgate led blink rack"):
            asked = {"_SIMGATE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
            done = await simgate(way=("-X", "importtime", "-m", "agent.cli"), SIMGATE_CONFIG=str(rack.file), **asked)
            loaded = {line.rpartition("|")[2].strip() for line in done.err.splitlines()}
            assert "click" in loaded
            assert loaded.isdisjoint(HEAVY)


def test_bash_itself_completes_with_what_is_installed(tmp_path: Path) -> None:
    write(tmp_path)
    wrapper = tmp_path / "simgate"
    wrapper.write_text(f'#!/bin/sh\ncd "{ROOT}" && exec "{sys.executable}" -m agent.cli "$@"\n')
    wrapper.chmod(0o755)
    ask = 'source "$0/simgate.bash"; COMP_WORDS=(simgate config ""); COMP_CWORD=2; _simgate_completion simgate; echo "${COMPREPLY[@]}"'
    done = subprocess.run(
        ["/bin/bash", "--norc", "-c", ask, str(tmp_path)],
        env={"PATH": f"{tmp_path}:{os.defpath}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr, sorted(done.stdout.split())) == (0, "", ["check", "init"])


# -- the manual --


def test_the_manual_has_every_verb_option_and_example() -> None:
    assert "--" not in page(), "a bare one may become a dash that no shell takes"
    text = page().replace("\\-", "-").replace("\\(aq", "'").replace("\\(dq", '"').replace("\\&", "")
    for name, verb in VERBS.items():
        part = text.partition(f'.SS "simgate {name} ')[2].partition(".SS")[0]
        assert EXAMPLES[name] in part
        for option in (option for parameter in verb.params if isinstance(parameter, click.Option) for option in parameter.opts):
            assert option in part, f"{name} {option}"
    assert command.name == "simgate"


@pytest.mark.skipif(shutil.which("groff") is None, reason="there is no groff here: apt-get install groff-base")
def test_groff_renders_the_manual_without_a_warning(tmp_path: Path) -> None:
    write(tmp_path)
    words = ["groff", "-man", "-ww", "-Tutf8", "-P-cbou", "-rLL=200n", str(tmp_path / "simgate.1")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for name in VERBS:
        assert f"simgate {name} [OPTIONS]" in done.stdout
        assert EXAMPLES[name] in done.stdout
    (tmp_path / "simgate.1").write_text(page() + "\n.nonsense\n")
    assert subprocess.run(words, capture_output=True, text=True, check=False).stderr != ""


def test_the_manual_is_the_same_whoever_makes_it(tmp_path: Path) -> None:
    write(tmp_path)
    done = subprocess.run([sys.executable, "-m", "agent.cli.manual", str(tmp_path / "again")], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    for made in ("simgate.1", "simgate.bash", "simgate.zsh", "simgate.fish"):
        assert (tmp_path / made).read_bytes() == (tmp_path / "again" / made).read_bytes()
