"""The configuration file, whatever stands in it: settings, or errors of one line each."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.settings.file import check, load
from agent.settings.keys import KEYS
from agent.settings.values import Settings

Write = Callable[[bytes], Path]

VALUES = st.recursive(
    st.one_of(
        st.booleans(), st.integers(-5, 10**20), st.floats(), st.text(max_size=8), st.sampled_from(["GPIO1", "1-1", "low", "+447700900123"])
    ),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)
TABLES = {name: st.dictionaries(st.sampled_from([*keys, "odd"]), VALUES, max_size=4) for name, keys in KEYS.items()}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    (tmp_path / "api.key").write_text("key")

    def put(text: bytes) -> Path:
        path = tmp_path / "simgate.toml"
        path.write_bytes(text)
        return path

    return put


def toml(value: object) -> str:
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(letter):08x}" for letter in value) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return str(value).lower()


@given(st.fixed_dictionaries({}, optional=TABLES))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_tables_give_settings_or_one_line_errors(write: Write, tables: dict[str, dict[str, object]]) -> None:
    heads = {name: f"[[{name}]]" if name in ("slot", "card", "ussd") else f"[{name}]" for name in tables}
    text = "\n".join(
        f"{heads[name]}\n" + "".join(f"{key} = {toml(value)}\n" for key, value in keys.items()) for name, keys in tables.items()
    )
    path = write(text.encode("utf-8", "surrogatepass"))
    lines = check(path, {})
    assert lines or isinstance(load(path, {}), Settings)
    assert not any("\n" in line for line in lines)


@given(st.binary(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_octets_give_one_line_errors(write: Write, octets: bytes) -> None:
    lines = check(write(octets))
    assert lines
    assert not any("\n" in line for line in lines)
