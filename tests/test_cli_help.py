"""What the command line says of itself: examples, errors, the line that it waits with, completions and the manual."""

import ast
import asyncio
import os
import re
import shlex
import shutil
import subprocess
import sys
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click
import pytest
from child import ROOT, simgate
from click.shell_completion import ShellComplete
from gate import LIMIT, racked

from agent.cli.examples import EXAMPLES
from agent.cli.main import main
from agent.cli.main import simgate as command
from agent.cli.manual import page, verbs, write
from agent.cli.waiting import Waiting
from hw.simulated.modem import SimulatedModem

VERBS = dict(verbs())
HEAVY = ("aiohttp", "gpiozero", "sqlite_utils", "phonenumbers", "serial_asyncio")


# -- help --


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_ends_its_help_with_an_example_that_click_takes(name: str) -> None:
    shown = VERBS[name].get_help(click.Context(VERBS[name], info_name=name))
    found = re.search(r"^ *Example: (.+)\Z", shown, re.MULTILINE)
    assert found, f"{name} has no example: agent/cli/examples.py"
    words = shlex.split(found[1].strip().removeprefix("sudo "))
    assert words[: len(name.split()) + 1] == ["simgate", *name.split()]
    VERBS[name].make_context(name, words[len(name.split()) + 1 :])


def test_an_example_that_is_wrong_would_be_found() -> None:
    with pytest.raises(click.UsageError):
        VERBS["sync"].make_context("sync", ["--dry-runn"])


def test_no_example_is_of_a_verb_that_is_gone() -> None:
    assert set(EXAMPLES) - set(VERBS) == set()


# -- errors --


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ("nonsense", "simgate"),
        ("--nonsense", "simgate"),
        ("status --nonsense", "simgate status"),
        ("sync --test test3", "simgate sync"),
        ("fake", "simgate fake"),
        ("led blink --seconds x", "simgate led blink"),
        ("number set 1", "simgate number set"),
        ("number set 12 +447700900123", "simgate number set"),
        ("record /dev/null /", "simgate record"),
    ],
)
def test_wrong_use_is_two_lines_and_says_where_the_right_one_is_told(
    words: str, where: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["simgate", *words.split()])
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capsys.readouterr()
    what, see = err.splitlines()
    assert (end.value.code, out, see) == (2, "", f"see: {where} --help")
    assert what.startswith("simgate: ")


def test_every_error_that_a_verb_raises_says_what_to_do_next() -> None:
    family = {node.name for node in ast.parse((ROOT / "agent/errors.py").read_text("utf-8")).body if isinstance(node, ast.ClassDef)}
    raised, helpless = 0, []
    for path in sorted((ROOT / "agent/cli").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Raise)
                and isinstance(node.exc, ast.Call)
                and isinstance(node.exc.func, ast.Name)
                and node.exc.func.id in family
            ):
                raised += 1
                if len(node.exc.args) < 2:
                    helpless.append(f"{path}:{node.lineno}")
    assert helpless == []
    assert raised > 10


# -- waiting --


@contextmanager
def terminal() -> Iterator[tuple[TextIO, int]]:
    """A terminal to write to, and the descriptor at which a person sees it."""
    near, far = os.openpty()
    tty.setraw(far)
    with os.fdopen(far, "w") as out:
        yield out, near
    os.close(near)


def screen(seen: str) -> list[str]:
    """What stands on its lines: CR goes back to the beginning, and what comes then is written over what is there."""
    lines = []
    for line in seen.split("\n"):
        cells: list[str] = []
        for part in line.split("\r"):
            cells[: len(part)] = part
        lines.append("".join(cells).rstrip())
    return lines


def test_whoever_waits_is_told_for_what_and_the_line_is_gone_at_the_end() -> None:
    with terminal() as (out, near):
        with Waiting("the modem", out, 0.001) as waiting:
            seen = os.read(near, 4096).decode()
            assert screen(seen)[-1].startswith("waiting for the modem: ")
            waiting.say("a line that stays")
            while "waiting" not in screen(seen)[-1] or "stays" not in seen:
                seen += os.read(near, 4096).decode()
        out.write("the end")
        out.flush()
        while not seen.endswith("the end"):
            seen += os.read(near, 65536).decode()
    assert screen(seen) == ["a line that stays", "the end"]
    assert "\x1b" not in seen


def test_whoever_does_not_wait_is_told_nothing() -> None:
    with terminal() as (out, near):
        with Waiting("the modem", out):
            pass
        out.write("x")
        out.flush()
        assert os.read(near, 4096) == b"x"


def test_what_is_no_terminal_gets_no_such_line(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as out, Waiting("the modem", out, 0.0) as waiting:
        waiting.say("said")
    assert (tmp_path / "log").read_text() == "said\n"


async def test_a_verb_waits_for_a_slow_agent_with_such_a_line(tmp_path: Path) -> None:
    loop, asked, told = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    near, far = os.openpty()
    seen = b""

    def heard() -> None:
        nonlocal seen
        seen += os.read(near, 4096)
        told.set() if b"waiting for the endpoint's answer: 1 s" in seen else None

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        asked.set()
        await told.wait()
        writer.write(b'{"ok": true, "answer": {"verdict": "accepted", "why": ""}}\n')
        writer.close()

    async with racked(tmp_path, [SimulatedModem()]) as rack:
        loop.add_reader(near, heard)
        server = await asyncio.start_unix_server(meet, tmp_path / "control.sock")
        words = (sys.executable, "-m", "agent.cli", "sync", "--config", str(rack.file))
        child = await asyncio.create_subprocess_exec(*words, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=far)
        async with asyncio.timeout(LIMIT):
            out, _ = await child.communicate()
        loop.remove_reader(near)
        server.close()
    os.close(far)
    os.close(near)
    assert (child.returncode, out, asked.is_set()) == (0, b"accepted\n", True)


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


@pytest.mark.parametrize("verb", ["led blink", "fake eject", "detection"])
async def test_the_names_of_slots_are_completed_from_the_configuration(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async with racked(tmp_path, [SimulatedModem(), SimulatedModem()]) as rack:
        monkeypatch.setenv("SIMGATE_CONFIG", str(rack.file))
        assert completed(*verb.split(), "rack1-") == ["rack1-01", "rack1-02"]
        (tmp_path / "other.toml").write_text(rack.file.read_text().replace("rack1-0", "rack2-0"))
        assert completed(*verb.split(), "--config", str(tmp_path / "other.toml"), "rack2-02") == ["rack2-02"]
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
