"""An upgrade by install.sh: the new version is in force and healthy, or the old one is as if nothing had been tried."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from gateway_host import DIES, WRONG, Host

UNIT = "etc/systemd/system/simgate.service"
DATABASE = "var/lib/simgate/simgate.db"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Host:
    host = Host(tmp_path_factory.mktemp("machine") / "place")
    assert host.install().returncode == 0
    assert host.current() == "1.0"
    host.version("2.0")
    host.keep()
    return host


@pytest.fixture
def host(finished: Host) -> Host:
    """Version 1.0 is at work there, and the checkout has become version 2.0."""
    finished.begin_again()
    return finished


def new_unit(host: Host) -> None:
    """The next version comes with another unit file."""
    with (host.checkout / "hw/host/simgate.service").open("a") as file:
        file.write("# of 2.0\n")


def write(path: Path, version: int, row: str) -> None:
    """A database with these tables' version and this row."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE IF NOT EXISTS said (word TEXT)")
        db.execute("INSERT INTO said VALUES (?)", [row])
        db.execute(f"PRAGMA user_version = {version}")


def in_it(statements: str) -> str:
    """A program that runs these on the database that it is given."""
    return f"import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); {statements}; db.commit()"


def rows(path: Path) -> list[str]:
    """What it holds."""
    with closing(sqlite3.connect(path)) as db:
        return [row for (row,) in db.execute("SELECT word FROM said")]


def test_the_new_version_is_in_force_and_the_one_before_is_kept(host: Host) -> None:
    for version in ("2.0", "3.0"):
        host.version(version)
        assert host.install("--upgrade").returncode == 0
    assert (host.current(), host.versions()) == ("3.0", ["2.0", "3.0"])


def test_the_service_stands_still_only_while_the_versions_change(host: Host) -> None:
    host.install("--upgrade")
    asked = [call for call in host.calls("venv", "pip", "systemctl s") if "reset" not in call]
    assert [call.split()[0] for call in asked] == ["venv", "pip", "pip", "systemctl", "systemctl"]
    assert asked[-2:] == ["systemctl stop simgate", "systemctl start --no-block simgate"]


@pytest.mark.parametrize("words", [(), ("--upgrade",)])
def test_a_configuration_that_the_new_version_refuses_ends_the_upgrade_before_the_service_notices(
    host: Host, words: tuple[str, ...]
) -> None:
    host.version("2.0", verdict=WRONG)
    new_unit(host)
    unit = host.file(UNIT).read_text()
    done = host.install(*words)
    assert done.returncode == 1
    assert "endpoint.url: missing" in done.stderr
    assert (host.current(), host.file(UNIT).read_text()) == ("1.0", unit)
    assert host.calls("systemctl") == []


def test_a_refused_version_is_at_hand_once_the_configuration_is_mended(host: Host) -> None:
    host.version("2.0", verdict=WRONG)
    host.install("--upgrade")
    for verdict in host.file("opt/simgate").glob("2.0-*/verdict"):
        verdict.write_text("0")
    assert host.install("--upgrade").returncode == 0
    assert (host.current(), host.calls("venv", "pip")) == ("2.0", [])


def test_where_nothing_works_anyway_a_plain_install_goes_on(host: Host) -> None:
    host.service_is("ActiveState=failed")
    host.file("opt/simgate/current/verdict").write_text("78")
    host.version("2.0", verdict=WRONG)
    assert host.install("--upgrade").returncode == 1
    assert host.current() == "1.0"
    assert host.install().returncode == 0
    assert (host.current(), host.calls("systemctl start")) == ("2.0", [])


@pytest.mark.parametrize("comes_to", [DIES, "ActiveState=failed SubState=failed"])
def test_a_version_that_does_not_become_healthy_is_rolled_back(host: Host, comes_to: str) -> None:
    host.version("2.0", comes_to=comes_to)
    new_unit(host)
    before = host.tree()
    done = host.install("--upgrade")
    assert done.returncode == 1
    assert "undone" in done.stderr
    assert host.tree() == before
    wanted = ["daemon-reload", "start", "stop", "daemon-reload", "start"]
    assert [call.split()[1] for call in host.calls("systemctl") if "reset-failed" not in call][-5:] == wanted
    assert "ActiveState=active" in (host.fake / "state").read_text()


def test_the_version_before_is_not_built_again_and_undone_if_it_runs_no_longer(host: Host) -> None:
    before = host.file("opt/simgate/current").resolve()
    assert host.install("--upgrade").returncode == 0
    (before / "comes-to").write_text(DIES)
    host.version("1.0")
    done = host.install("--upgrade")
    assert done.returncode == 1
    assert "undone" in done.stderr
    assert host.calls("venv", "pip") == []
    assert (host.current(), host.versions()) == ("2.0", ["2.0"])
    assert not host.file("opt/simgate/previous").is_symlink()


def test_a_new_unit_file_alone_restarts_the_service_and_is_taken_back_if_that_fails(host: Host) -> None:
    host.version("1.0")
    new_unit(host)
    assert host.install().returncode == 0
    assert host.file(UNIT).read_text().endswith("# of 2.0\n")
    assert len(host.calls("systemctl start")) == 1


def test_tables_that_the_new_version_has_changed_are_the_old_ones_again(host: Host) -> None:
    write(host.file(DATABASE), 1, "before")
    migrate = "db.execute('PRAGMA user_version = 2'); db.execute('DELETE FROM said')"
    host.version("2.0", comes_to=DIES, touches=in_it(migrate))
    assert host.install("--upgrade").returncode == 1
    assert rows(host.file(DATABASE)) == ["before"]


def test_what_the_new_version_wrote_into_the_same_tables_stays(host: Host) -> None:
    write(host.file(DATABASE), 1, "before")
    add = "db.execute(\"INSERT INTO said VALUES ('delivered')\")"
    host.version("2.0", comes_to=DIES, touches=in_it(add))
    assert host.install("--upgrade").returncode == 1
    assert rows(host.file(DATABASE)) == ["before", "delivered"]


def test_nothing_of_an_upgrade_is_left_lying_about(host: Host) -> None:
    host.file("opt/simgate/.saved-by-one-that-was-killed").mkdir()
    host.install("--upgrade")
    assert sorted(one.name.partition("-")[0] for one in host.file("opt/simgate").iterdir()) == ["1.0", "2.0", "current", "previous"]
    assert [path for path in host.tree() if path.endswith(".new") or ".saved" in path] == []
