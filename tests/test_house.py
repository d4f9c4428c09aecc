"""The house keeps its walls, and every wall can fail."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator

import pytest
from walls import FLOORS, LIBRARIES, ROOT, circle, docstrings, floors, hardware, imports, lengths, libraries, makers, module_of, purity

Wall = Callable[[str, str], Iterator[str]]
SOURCES = {
    str(path.relative_to(ROOT)): path.read_text("utf-8") for top in ("agent", "hw", "tests") for path in sorted((ROOT / top).rglob("*.py"))
}
PRODUCT = {path: source for path, source in SOURCES.items() if not path.startswith("tests/")}
PYPROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
PROJECT = tomllib.loads(PYPROJECT)["project"]
# Distributions whose import has another name; the rest differ only in dashes.
IMPORT_NAMES = {"pyserial-asyncio": "serial_asyncio", "phonenumberslite": "phonenumbers"}
NAME = re.compile(r"[\w.-]+")


@pytest.mark.parametrize("wall", [floors, purity, hardware, libraries, makers, docstrings])
def test_the_product_keeps_the_wall(wall: Wall) -> None:
    assert [breach for path, source in PRODUCT.items() for breach in wall(path, source)] == []


def test_no_file_and_no_function_has_outgrown_its_room() -> None:
    assert [breach for path, source in SOURCES.items() for breach in lengths(path, source)] == []


@pytest.mark.parametrize(
    ("wall", "path", "source"),
    [
        (floors, "agent/sim/identity.py", "from agent.slots import slot"),
        (floors, "agent/at/lines.py", "import agent.ports"),
        (floors, "agent/slots/slot.py", "def late():\n    from agent.modems.modem import Modem"),
        (floors, "agent/slots/slot.py", "from ..modems import modem"),
        (floors, "agent/modems/identify.py", "from agent.modems import modem"),
        (floors, "agent/sync/uplink.py", "from agent.modems.modem import Modem"),
        (floors, "agent/control.py", "from agent import gateway"),
        (floors, "agent/gateway.py", "from agent.cli import main"),
        (floors, "agent/gateway.py", "import hw.board"),
        (floors, "agent/sync/__init__.py", "from agent.sync.request import Secret"),
        (floors, "agent/attic.py", ""),
        (floors, "agent/gateway.py", "from agent import attic"),
        (purity, "agent/slots/roster.py", "import time"),
        (purity, "agent/sync/answers.py", "from concurrent.futures import Future"),
        (purity, "agent/sync/answers.py", "import urllib.request"),
        (purity, "agent/at/dialog.py", "print('here')"),
        (purity, "agent/sim/numbering.py", "from datetime import datetime\ndatetime.now()"),
        (hardware, "hw/usb.py", "from agent.settings.values import Settings"),
        (hardware, "hw/tty.py", "from agent import settings"),
        (hardware, "hw/tty.py", "import serial\nimport gpiozero"),
        (libraries, "hw/usb.py", "import serial"),
        (libraries, "agent/control.py", "from click import echo"),
        (libraries, "agent/modems/modem.py", "import requests"),
        (makers, "hw/usb.py", "# only Quectel does this"),
        (makers, "agent/at/codes.py", "class UBloxUrc: ..."),
        (lengths, "hw/usb.py", "\n" * 301),
        (lengths, "hw/usb.py", "async def long():\n" + "    pass\n" * 50),
        (docstrings, "hw/usb.py", ""),
        (docstrings, "hw/usb.py", '"""A module."""\ndef public(): ...'),
        (docstrings, "agent/ports.py", '"""A module."""\nclass Port:\n    """A port."""\n    def read(self): ...'),
    ],
)
def test_the_wall_can_fail(wall: Wall, path: str, source: str) -> None:
    assert list(wall(path, source))


@pytest.mark.parametrize(
    ("wall", "path", "source"),
    [
        (floors, "agent/modems/modem.py", "from agent.modems import recovery"),
        (floors, "agent/sync/uplink.py", "from agent import VERSION\nfrom agent.sync.request import Secret"),
        (floors, "agent/cli/run.py", "import hw.board"),
        (purity, "agent/sync/uplink.py", "import time"),
        (purity, "agent/sync/request.py", "from urllib.parse import urlsplit"),
        (hardware, "hw/tty.py", "import serial\nimport serial_asyncio\nfrom agent.errors import PortError"),
        (lengths, "hw/usb.py", "\n" * 300),
        (docstrings, "hw/usb.py", '"""A module."""\ndef _private(): ...\nclass Port:\n    """A port."""\n    def read(self): ...'),
    ],
)
def test_the_wall_has_its_doors(wall: Wall, path: str, source: str) -> None:
    assert list(wall(path, source)) == []


def test_no_two_files_need_each_other() -> None:
    assert circle(PRODUCT) == []
    ring = {"a/b.py": "def late():\n    from a import c", "a/c.py": "import d.e", "d/e.py": "from a.b import late", "d/f.py": "import d"}
    assert set(circle(ring)) == {"a.b", "a.c", "d.e"}
    assert circle({**ring, "d/e.py": ""}) == []


def test_the_tables_of_the_walls_name_nothing_that_is_gone() -> None:
    modules = {module_of(path) for path in PRODUCT}
    assert [name for name in FLOORS if name not in modules] == []
    owners = {owner for owners in LIBRARIES.values() for owner in owners}
    assert [owner for owner in owners if not (ROOT / owner).exists()] == []


# -- pyproject and the lock --


def unreasoned(text: str) -> list[str]:
    """The requirements whose line gives no reason."""
    listed = re.findall(r'^ {4}"[\w.-]+ *[><=~;].*$', text, re.MULTILINE)
    return [line for line in listed if not re.search(r'", +# \S', line)]


def requirements() -> set[str]:
    extras = [one for several in PROJECT["optional-dependencies"].values() for one in several]
    return {NAME.match(one)[0] for one in [*PROJECT["dependencies"], *extras]}  # type: ignore[index]  # a requirement starts with its name


def test_every_dependency_says_why_it_is_there() -> None:
    assert unreasoned(PYPROJECT) == []
    assert all(f'    "{name}' in PYPROJECT for name in requirements()), "one requirement a line"
    assert unreasoned('    "left-pad>=1",\n') == ['    "left-pad>=1",']


def test_every_dependency_is_imported() -> None:
    used = {name.partition(".")[0] for path, source in PRODUCT.items() for _, name in imports(path, source)}
    runtime = [NAME.match(one)[0] for one in PROJECT["dependencies"]]  # type: ignore[index]
    assert [name for name in runtime if IMPORT_NAMES.get(name, name.replace("-", "_")) not in used] == []


def test_the_lock_holds_every_dependency_at_one_version() -> None:
    lines = [line for line in (ROOT / "tests/requirements.txt").read_text("utf-8").splitlines() if line[:1] not in ("#", "")]
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9.-]+==[\w.]+", line)] == []
    locked = {line.partition("==")[0] for line in lines}
    assert requirements() <= locked
    assert len(locked) == len(lines)


# -- the tools --


@pytest.mark.timeout(600)  # mypy without its cache on a slow board
@pytest.mark.parametrize("tool", ["ruff check --no-cache .", "ruff format --check --no-cache .", "mypy agent hw tests"])
def test_the_whole_tree_passes(tool: str) -> None:
    done = subprocess.run([sys.executable, "-m", *tool.split()], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_source_is_utf8_and_parses_on_the_oldest_python() -> None:
    for path, source in SOURCES.items():
        ast.parse(source, path, feature_version=(3, 11))
