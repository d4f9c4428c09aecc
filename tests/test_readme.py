"""The README says nothing that is not true: verbs, options, keys, defaults, the picture of the slot machine."""

import re
import tomllib
from pathlib import Path

import click
import pytest

from agent.cli.main import simgate
from agent.cli.verbs import VERBS
from agent.settings.file import check
from agent.settings.keys import KEYS
from agent.slots.diagram import mermaid
from agent.slots.legend import markdown

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def between(name: str) -> str:
    """The text between two markers."""
    found = re.search(rf"<!-- {name}: begin -->\n(.*?)<!-- {name}: end -->", README, re.DOTALL)
    assert found
    return found[1]


def commands() -> dict[str, click.Command]:
    """Every verb with its whole name."""
    found: dict[str, click.Command] = {}
    context = click.Context(simgate)
    for name in VERBS:
        command = simgate.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found |= {f"{name} {inner}": command.commands[inner] for inner in command.commands}
        else:
            found[name] = command
    return found


def test_every_verb_stands_in_the_readme_and_no_other() -> None:
    shown = re.findall(r"^\| `simgate ([a-z ]+?)(?: insert)?(?: \[?[A-Z]+\]?)*` \|", README, re.MULTILINE)
    assert sorted(shown) == sorted(commands())


def test_every_verb_has_help_and_takes_a_configuration() -> None:
    for name, command in commands().items():
        assert command.help, name
        assert "--config" in {option for parameter in command.params for option in parameter.opts}, name


def test_every_option_that_the_readme_names_exists() -> None:
    known = {option for command in commands().values() for parameter in command.params for option in parameter.opts}
    script = set(re.findall(r"--[a-z]+", (ROOT / "install.sh").read_text("utf-8")))
    rack = set(re.findall(r'"(--[a-z-]+)"', (ROOT / "hw/simulated/__main__.py").read_text("utf-8")))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", README)) <= known | script | rack


def test_every_key_stands_in_the_readme_and_no_other() -> None:
    shown = re.findall(r"^\| `([a-z]+\.[a-z_]+)` \|", between("keys"), re.MULTILINE)
    assert sorted(shown) == sorted(f"{table}.{key}" for table, keys in KEYS.items() for key in keys)


def test_the_defaults_in_the_readme_are_the_code_s() -> None:
    for table, key, default in re.findall(r"^\| `([a-z]+)\.([a-z_]+)` \| [^|]*\(`?([^)`]+)`?\) \|", between("keys"), re.MULTILINE):
        assert str(KEYS[table][key].default).removesuffix(".0").replace("True", "true").replace("False", "false") == default, (
            f"{table}.{key}"
        )


def test_the_example_is_a_right_configuration(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", README, re.DOTALL)
    assert example
    assert set(tomllib.loads(example[1])) <= set(KEYS)
    (tmp_path / "api.key").write_text("key")
    (tmp_path / "simgate.toml").write_text(example[1])
    assert check(tmp_path / "simgate.toml", {}) == []


def test_the_picture_of_the_slot_is_drawn_from_its_table() -> None:
    assert between("diagram") == f"```mermaid\n{mermaid().rstrip()}\n```\n"


def test_the_legend_of_the_leds_is_drawn_from_their_table() -> None:
    assert between("leds") == markdown()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:agent|hw|tests|firmware-notes)/[\w./-]+)`", README))))
def test_every_path_in_the_readme_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_room_of_the_picture_exists() -> None:
    picture = README.partition("## How the house is built")[2].partition("```text\n")[2].partition("```")[0]
    rooms = re.findall(r"\b((?:agent|hw|tests)/\w+)", picture)
    assert rooms
    for room in rooms:
        assert (ROOT / room).exists() or (ROOT / f"{room}.py").exists(), room
