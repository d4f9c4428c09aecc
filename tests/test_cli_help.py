"""What the command line says of itself: examples, errors, and the line that it waits with."""

import ast
import asyncio
import os
import re
import shlex
import subprocess
import sys
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click
import pytest
from child import ROOT
from gate import LIMIT, racked

from agent.cli.examples import EXAMPLES
from agent.cli.groups import first_sentence
from agent.cli.main import main
from agent.cli.main import simgate as command
from agent.cli.manual import verbs
from agent.cli.waiting import Waiting
from hw.simulated.modem import SimulatedModem

VERBS = dict(verbs())


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


def test_the_help_of_all_tells_each_verb_in_its_own_first_sentence_and_imports_none() -> None:
    context = click.Context(command, info_name="simgate")
    shown = " ".join(command.get_help(context).split())
    for name in command.list_commands(context):
        verb = command.get_command(context, name)
        assert verb is not None
        assert f" {name} {first_sentence(verb)} " in f"{shown} ", name
    assert "..." not in shown.replace("[ARGS]...", "")
    code = "import sys\nfrom agent.cli.main import simgate\nsimgate.main(['--help'], standalone_mode=False)\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}print([name for name in sys.modules if name.startswith('agent')])"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = ast.literal_eval(done.stdout.splitlines()[-1])
    assert set(loaded) == {"agent", "agent.cli", "agent.errors", *(f"agent.cli.{name}" for name in ("main", "examples", "verbs"))}


@pytest.mark.parametrize("name", ["number", "led", "config"])
def test_the_help_of_a_group_tells_whole_sentences(name: str) -> None:
    context = click.Context(command, info_name="simgate")
    group = command.get_command(context, name)
    assert isinstance(group, click.Group)
    shown = " ".join(group.get_help(click.Context(group, info_name=name)).split())
    assert "..." not in shown.replace("[ARGS]...", "")
    for inner, verb in group.commands.items():
        assert f" {inner} {first_sentence(verb)}" in shown


def test_of_a_verb_that_there_is_not_the_nearest_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for word, near in (("statsu", "; do you mean 'status'?"), ("docotr", "; do you mean 'doctor'?"), ("xyzzy", "")):
        monkeypatch.setattr(sys, "argv", ["simgate", word])
        with pytest.raises(SystemExit) as end:
            main()
        assert (end.value.code, capsys.readouterr().err.splitlines()[0]) == (2, f"simgate: there is no verb {word!r}{near}")


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
