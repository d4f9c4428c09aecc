"""The API key: where it is looked for, that no error shows it, and that it goes out encrypted."""

from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.settings.file import check, load, load_local

KEY = "k3y-of-the-partner"


def config(folder: Path, key_file: str | None, url: str = "https://h", more: str = "") -> Path:
    path = folder / "simgate.toml"
    named = f"api_key_file = '{key_file}'\n" if key_file else ""
    path.write_text(f"[gateway]\nid = 'r'\n[endpoint]\nurl = '{url}'\n{named}{more}[[slot]]\nname = 'a'\nusb = '1-1'\n")
    return path


def test_the_key_comes_from_the_file_the_credential_or_the_variable_in_this_order(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"  {KEY}\r\n")
    (tmp_path / "api-key").write_text("of-systemd\n")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path), "SIMGATE_API_KEY": " of-environ "}
    assert load(config(tmp_path, "key"), environ).endpoint.api_key.reveal() == KEY
    assert load(config(tmp_path, None), environ).endpoint.api_key.reveal() == "of-systemd"
    (tmp_path / "api-key").unlink()
    assert load(config(tmp_path, None), environ).endpoint.api_key.reveal() == "of-environ"


def test_without_a_key_only_verbs_that_need_none_go_on(tmp_path: Path) -> None:
    path = config(tmp_path, None)
    assert load_local(path).endpoint.api_key.reveal() == ""
    assert check(path) == []
    with pytest.raises(ConfigError, match=r"endpoint.api_key_file: there is no API key; .*SIMGATE_API_KEY"):
        load(path, {})
    assert len(check(path, {})) == 1


@pytest.mark.parametrize("content", [b"", b" \n", b"two words", b"one\ntwo", b"\xff\xfe", "schlüssel".encode()])
def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(ConfigError, match=r"api_key_file = 'key': .*; put the API key") as caught:
        load(config(tmp_path, "key"), {})
    assert "two" not in str(caught.value)


def test_a_named_key_file_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="api_key_file: there is no such file"):
        load(config(tmp_path, "key"), {"SIMGATE_API_KEY": "other"})


def test_a_key_written_in_place_of_its_file_is_not_shown(tmp_path: Path) -> None:
    path = config(tmp_path, KEY)
    assert check(path, {}) == [f"{path}: endpoint.api_key_file: there is no such file; name a file, and put the key into it"]


def test_a_key_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (line,) = check(config(tmp_path, "folder"), {})
    assert "endpoint.api_key_file = 'folder': cannot be read: Is a directory; it must" in line


def test_an_empty_variable_is_told(tmp_path: Path) -> None:
    (line,) = check(config(tmp_path, None), {"SIMGATE_API_KEY": " "})
    assert "SIMGATE_API_KEY: is empty; put" in line


@pytest.mark.parametrize("host", ["127.0.0.1", "127.255.0.9:8000", "[::1]", "[::1]:80", "localhost", "LOCALHOST:8000"])
def test_http_reaches_this_machine_itself(tmp_path: Path, host: str) -> None:
    assert load_local(config(tmp_path, None, f"http://{host}")).endpoint.url == f"http://{host}"


@pytest.mark.parametrize(
    "host", ["partner.example", "128.0.0.1", "10.0.0.1", "127.1", "[::2]", "localhost.example", "127.0.0.1.example", "0"]
)
def test_http_goes_nowhere_else_unless_the_owner_says_so(tmp_path: Path, host: str) -> None:
    (line,) = check(config(tmp_path, None, f"http://{host}"))
    assert f"endpoint.url = 'http://{host}': is http" in line
    assert line.endswith("write it with https, or set allow_http = true where the way is safe")
    assert check(config(tmp_path, None, f"HTTP://{host}"))
    assert load_local(config(tmp_path, None, f"http://{host}", "allow_http = true\n")).endpoint.url == f"http://{host}"
