"""sudo ./install.sh, run for real on a machine whose system commands are shims: what it leaves behind, and what it asks of the system."""

from pathlib import Path

import pytest
from gateway_host import ACTIVE, CRASHES, ROOT, WRONG, Host

UNIT = "etc/systemd/system/simgate.service"
RULES = "etc/udev/rules.d/60-simgate.rules"
PEOPLE = ["group dialout", "group gpio", "group root", "group simgate", "member simgate dialout", "member simgate gpio"]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A bare machine."""
    return Host(tmp_path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Host:
    return at_work(Host(tmp_path_factory.mktemp("machine") / "place"))


@pytest.fixture
def installed(finished: Host) -> Host:
    """Version 1.0 is at work there, and the calls are those of its installation."""
    finished.begin_again()
    return finished


def at_work(host: Host) -> Host:
    """Install, and keep that."""
    done = host.install()
    assert (done.returncode, host.current()) == (0, "1.0"), done
    host.keep()
    return host


# -- the first time --


def test_a_bare_machine_gets_user_folders_files_and_a_service_at_work(installed: Host) -> None:
    tree = installed.tree()
    assert installed.who() == [*PEOPLE, "user root", "user simgate"]
    for path, source in ((UNIT, "simgate.service"), (RULES, "60-simgate.rules")):
        assert installed.file(path).read_bytes() == (ROOT / "hw/host" / source).read_bytes()
    assert tree["etc/simgate/api.key"] == ("-rw-------", "")
    assert tree["etc/simgate/simgate.toml"][0] == "-rw-r-----"
    assert tree["var/lib/simgate"][0] == "drwxr-x---"
    assert tree["etc/systemd/system/multi-user.target.wants/simgate.service"][1] == "../simgate.service"
    assert tree["usr/local/bin/simgate"][1] == str(installed.file("opt/simgate/current/bin/simgate"))
    assert {
        f"chown simgate:simgate {installed.file('var/lib/simgate')}",
        f"chown root:simgate {installed.file('etc/simgate/simgate.toml')}",
    } <= set(installed.calls())
    assert "systemctl start --no-block simgate" in installed.calls()


PAPERS = {
    "simgate.1": "man/man1/simgate.1",
    "simgate.bash": "bash-completion/completions/simgate",
    "simgate.zsh": "zsh/site-functions/_simgate",
    "simgate.fish": "fish/vendor_completions.d/simgate.fish",
}


def test_man_and_the_shells_find_the_papers_of_the_version_in_force(installed: Host) -> None:
    installed.version("2.0")
    for version in ("1.0", "2.0"):
        for name, path in PAPERS.items():
            made = installed.file(f"opt/simgate/current/share/{name}").resolve()
            assert made.parts[-3].startswith(f"{version}-")
            assert installed.file(f"usr/local/share/{path}").read_bytes() == made.read_bytes()
        assert installed.install("--upgrade").returncode == 0


def test_only_drivers_that_the_kernel_has_are_loaded_at_boot(installed: Host) -> None:
    assert [line for line in installed.file("etc/modules-load.d/simgate.conf").read_text().splitlines() if line[0] != "#"] == [
        "usbserial",
        "cdc_acm",
    ]
    assert installed.calls("modprobe") == ["modprobe -a usbserial cdc_acm"]


def test_the_unit_and_the_rules_are_known_before_the_service_starts(installed: Host) -> None:
    asked = [call for call in installed.calls("systemctl", "udevadm") if "reset-failed" not in call]
    assert asked[0] == "systemctl stop simgate"
    assert asked[1] == "systemctl daemon-reload"
    assert [call.split()[1] for call in asked[2:-1]] == ["control", "trigger"]
    assert asked[-1] == "systemctl start --no-block simgate"


def test_what_is_installed_is_a_copy_and_not_the_checkout(installed: Host) -> None:
    assert [call for call in installed.calls("pip") if " -e " in call] == []
    assert [call for call in installed.calls("pip") if call.endswith(" .[metrics]")] != []


def test_a_configuration_that_is_not_ready_is_told_and_not_started(host: Host) -> None:
    host.version("1.0", verdict=WRONG)
    done = host.install()
    assert done.returncode == 0
    assert "endpoint.url: missing" in done.stdout
    assert str(host.file("etc/simgate/simgate.toml")) in done.stdout
    assert host.calls("systemctl start") == []
    assert host.file("etc/systemd/system/multi-user.target.wants/simgate.service").is_symlink()


def test_a_first_start_that_fails_is_said_and_nothing_is_taken_back(host: Host) -> None:
    host.version("1.0", comes_to="ActiveState=failed SubState=failed")
    done = host.install()
    assert done.returncode == 1
    assert "does not become healthy" in done.stderr
    assert host.current() == "1.0"


def test_without_systemd_everything_is_put_in_place_and_nothing_is_started(tmp_path: Path) -> None:
    host = Host(tmp_path, systemd=False)
    done = host.install()
    assert done.returncode == 0
    assert "starts at boot" in done.stdout
    assert host.calls("systemctl", "udevadm", "modprobe") == []
    assert host.file("etc/systemd/system/multi-user.target.wants/simgate.service").resolve(strict=True) == host.file(UNIT).resolve()
    assert "option" in host.file("etc/modules-load.d/simgate.conf").read_text().split()


def test_groups_and_users_that_are_there_are_not_made_again(host: Host) -> None:
    host.people("group dialout", "group gpio", "group simgate", "user simgate", "member simgate gpio")
    assert host.install().returncode == 0
    assert host.calls("groupadd", "useradd", "usermod") == ["usermod -aG dialout simgate"]


# -- lgpio --


def lgpio(host: Host) -> list[str]:
    """What was asked of apt and pip for it."""
    return [call for call in host.calls("pip", "apt-get install") if "lgpio" in call or "swig" in call]


def test_the_system_s_lgpio_is_linked_and_pip_is_not_asked(host: Host) -> None:
    (host.fake / "system-lgpio").mkdir()
    assert host.install().returncode == 0
    assert lgpio(host) == []
    assert sorted(one.name for one in host.file("opt/simgate/current/lib").iterdir()) == ["_lgpio.so", "lgpio.py"]


def test_without_a_system_s_lgpio_a_wheel_is_taken_if_it_is_no_stub(installed: Host) -> None:
    assert [call.split()[-1] for call in lgpio(installed)] == ["lgpio>=0.2.2"]
    assert "--only-binary" in lgpio(installed)[0]


def test_without_a_wheel_lgpio_is_built(host: Host) -> None:
    (host.fake / "no-lgpio-wheel").touch()
    assert host.install().returncode == 0
    assert ["swig" in call for call in host.calls("apt-get") if "install" in call] == [True]
    assert lgpio(host)[-1].startswith("pip PYPI=1 ")
    assert lgpio(host)[-1].endswith("lgpio>=0.2.2")


def test_an_lgpio_that_cannot_be_had_ends_the_installation_before_anything_is_in_force(host: Host) -> None:
    (host.fake / "no-lgpio-wheel").touch()
    (host.fake / "no-compiler").touch()
    done = host.install()
    assert done.returncode == 1
    assert "GPIO" in done.stderr
    assert not host.file(UNIT).exists()
    (host.fake / "no-compiler").unlink()
    assert host.install().returncode == 0
    assert "venv" in host.calls(), "what was half made is made anew"


# -- again --


def test_a_second_run_changes_nothing_and_leaves_the_service_alone(installed: Host) -> None:
    before = installed.tree()
    done = installed.install()
    assert done.returncode == 0
    assert installed.tree() == before
    assert [call for call in installed.calls() if "daemon-reload" not in call and not call.startswith(("udevadm", "modprobe"))] == []


def test_what_the_owner_wrote_is_never_written_over(installed: Host) -> None:
    for name in ("simgate.toml", "api.key"):
        installed.file(f"etc/simgate/{name}").write_text("mine")
    installed.version("2.0")
    installed.install("--upgrade")
    assert installed.current() == "2.0"
    assert [installed.file(f"etc/simgate/{name}").read_text() for name in ("simgate.toml", "api.key")] == ["mine", "mine"]


def test_a_service_that_the_owner_keeps_from_starting_at_boot_stays_so(installed: Host) -> None:
    wanted = installed.file("etc/systemd/system/multi-user.target.wants/simgate.service")
    wanted.unlink()
    installed.version("2.0")
    assert installed.install().returncode == 0
    assert not wanted.is_symlink()


def test_a_service_that_is_down_is_started_by_a_second_run(installed: Host) -> None:
    installed.service_is("ActiveState=inactive")
    assert installed.install().returncode == 0
    assert installed.calls("systemctl start") == ["systemctl start --no-block simgate"]


@pytest.mark.parametrize(
    "words", [("--upgrade", "--purge"), ("--purge", "--upgrade"), ("--uninstall", "--upgrade"), ("--demolish",), ("x",)]
)
def test_words_that_do_not_go_together_are_wrong_use(host: Host, words: tuple[str, ...]) -> None:
    before = host.tree()
    assert host.install(*words).returncode == 2
    assert (host.tree(), host.calls()) == (before, [])


def test_an_upgrade_of_nothing_is_refused(host: Host) -> None:
    before = host.tree()
    assert host.install("--upgrade").returncode == 1
    assert (host.tree(), host.calls()) == (before, [])


# -- saying what would be done --


@pytest.mark.parametrize("words", [(), ("--upgrade",), ("--uninstall",), ("--purge",)])
def test_a_dry_run_changes_nothing_and_says_what_it_would(installed: Host, words: tuple[str, ...]) -> None:
    installed.version("2.0")
    before = installed.tree(), installed.who()
    done = installed.install(*words, "--dry-run")
    assert done.returncode == 0
    assert done.stdout
    assert all(line.startswith("simgate: would ") for line in done.stdout.splitlines() if "stay" not in line)
    assert ((installed.tree(), installed.who()), installed.calls()) == (before, [])


def test_a_dry_run_on_a_bare_machine_changes_nothing(host: Host) -> None:
    before = host.tree(), host.who()
    done = host.install("--dry-run")
    assert (done.returncode, (host.tree(), host.who()), host.calls()) == (0, before, []), done
    assert "would make the user simgate" in done.stdout


# -- away with it --


def test_uninstalling_keeps_what_is_the_owner_s(installed: Host) -> None:
    installed.file("var/lib/simgate/simgate.db").write_text("rows")
    assert installed.install("--uninstall").returncode == 0
    assert "systemctl stop simgate" in installed.calls()
    left = {path for path, (mode, _) in installed.tree().items() if mode[0] != "d"}
    assert left == {"etc/simgate/simgate.toml", "etc/simgate/api.key", "etc/simgate/.made", "var/lib/simgate/simgate.db"}
    assert "user simgate" in installed.who()


@pytest.mark.parametrize("first", ["--purge", "--uninstall"])
def test_purging_leaves_the_machine_as_it_was(installed: Host, first: str) -> None:
    installed.file("var/lib/simgate/simgate.db").write_text("rows")
    assert installed.install(first).returncode == 0
    assert installed.install("--purge").returncode == 0
    assert (installed.tree(), installed.who()) == installed.bare


def test_purging_keeps_groups_and_users_that_were_there_before(host: Host) -> None:
    host.people("group dialout", "group gpio", "group simgate", "user simgate")
    assert host.install().returncode == 0
    host.install("--uninstall", "--purge")
    assert not host.file("etc/simgate").exists()
    assert {"group gpio", "group simgate", "user simgate"} <= set(host.who())


def test_a_simgate_of_the_owner_s_own_on_the_path_stays(host: Host) -> None:
    host.file("usr/local/bin/simgate").write_text("mine")
    done = host.install()
    assert (done.returncode, host.file("usr/local/bin/simgate").read_text()) == (0, "mine")
    host.install("--purge")
    assert host.file("usr/local/bin/simgate").read_text() == "mine"


def test_a_version_that_does_not_run_here_is_refused(host: Host) -> None:
    host.version("1.0", verdict=CRASHES)
    assert host.install().returncode == 1
    assert not host.file(UNIT).exists()
    assert ACTIVE not in (host.fake / "state").read_text()
