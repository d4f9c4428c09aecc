"""hw/host: what the machine is told of simgate fits what simgate is."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agent.settings.file import USUAL
from agent.settings.keys import KEYS

ROOT = Path(__file__).parents[1]
HOST = ROOT / "hw/host"
UNIT = (HOST / "simgate.service").read_text("utf-8")
WORST = 2.0  # of `systemd-analyze security`, where 10 is no protection at all


def of(key: str) -> list[str]:
    """Every value that the unit gives to this key."""
    return re.findall(rf"^{key}=(.*)$", UNIT, re.MULTILINE)


def seconds(key: str) -> int:
    """A time of the unit."""
    return int(of(key)[0])


def test_the_unit_runs_the_command_on_the_usual_file() -> None:
    assert of("ExecStart") == [f"/opt/simgate/current/bin/simgate run --config {USUAL}"]
    assert of("ExecStopPost") == [f"-/opt/simgate/current/bin/simgate led dark --config {USUAL}"]


def test_the_folders_that_the_unit_gives_are_those_of_the_defaults() -> None:
    assert Path("/var/lib", of("StateDirectory")[0]) == Path(str(KEYS["store"]["path"].default)).parent
    assert Path("/run", of("RuntimeDirectory")[0].split()[0]) == Path(str(KEYS["control"]["socket"].default)).parent
    (lgpio,) = re.findall(r"LG_WD=(\S+)", UNIT)
    assert lgpio.removeprefix("/run/") in of("RuntimeDirectory")[0].split()


def test_the_key_comes_as_the_credential_that_the_settings_look_for() -> None:
    assert of("LoadCredential") == [f"api-key:{USUAL.parent}/api.key"]


def test_the_unit_waits_longer_than_the_agent_may_take() -> None:
    startup = KEYS["timing"]["startup"].default
    assert isinstance(startup, float)
    assert seconds("TimeoutStartSec") > 2 * startup
    assert seconds("TimeoutStopSec") > 2 * 5  # an end within 5 s is promised


def test_a_wrong_configuration_is_not_tried_again_and_all_else_for_ever() -> None:
    assert (of("Restart"), of("RestartPreventExitStatus"), of("StartLimitIntervalSec")) == (["always"], ["78"], ["0"])


def test_the_folders_that_shell_and_unit_name_are_the_same() -> None:
    shell = (HOST / "service.sh").read_text("utf-8")
    for path in ("/opt/simgate", "/etc/simgate", "/var/lib/simgate"):
        assert f"=$prefix{path}\n" in shell
    patience = re.search(r"^patience=(\d+)", shell, re.MULTILINE)
    assert patience
    assert int(patience[1]) > seconds("TimeoutStartSec")


def test_no_device_is_allowed_by_the_name_of_a_driver_that_may_be_loaded_later() -> None:
    named = [device for device in of("DeviceAllow") if not re.match(r"char-\d+ rw", device)]
    assert named == ["char-gpiochip rw"]  # built into every kernel that has GPIO


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here to judge the unit")
def test_the_unit_is_exposed_no_more_than_it_must_be() -> None:
    words = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(HOST / "simgate.service")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    found = re.search(r"Overall exposure level for simgate.service: ([\d.]+)", done.stdout)
    assert found, done
    assert float(found[1]) <= WORST


SHELLCHECK = shutil.which("shellcheck", path=str(Path(sys.executable).parent)) or shutil.which("shellcheck")


@pytest.mark.skipif(SHELLCHECK is None, reason="there is no shellcheck here: apt-get install shellcheck")
def test_the_shell_is_clean() -> None:
    assert SHELLCHECK is not None
    for words in (["-x", "-a", "install.sh"], ["tests/wire.sh"]):
        done = subprocess.run([SHELLCHECK, *words], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", sorted(HOST.glob("*.sh")), ids=lambda path: path.name)
def test_every_piece_of_the_installer_is_sourced(path: Path) -> None:
    everything = "".join(file.read_text("utf-8") for file in (ROOT / "install.sh", *HOST.glob("*.sh")))
    assert f'. "$host/{path.name}"' in everything
    assert len(path.read_text("utf-8").splitlines()) < 300
