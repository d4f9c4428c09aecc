"""A machine to install on: a root folder, a checkout that can become the next version, and shims for its system's commands."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
WIRES = (
    *("apt-cache", "apt-get", "chown", "dpkg", "getent", "groupadd", "groupdel", "id", "journalctl", "modinfo", "modprobe", "python3"),
    *("simgate", "sleep", "systemctl", "udevadm", "useradd", "userdel", "usermod", "python"),
)
RIGHT, WRONG, CRASHES = 0, 78, 1
ACTIVE, DIES = "ActiveState=active SubState=running", "ActiveState=activating SubState=auto-restart"


class Host:
    """One machine; `systemd` says whether one runs there."""

    def __init__(self, place: Path, *, systemd: bool = True) -> None:
        self.place = place
        self.root, self.fake, self.checkout = place / "root", place / "fake", place / "a checkout"
        for folder in ("opt", "etc/systemd/system", "usr/local/bin", "var/lib", *(("run/systemd/system",) if systemd else ())):
            (self.root / folder).mkdir(parents=True)
        (self.fake / "wire").mkdir(parents=True)
        (self.fake / "next").mkdir()
        for name in WIRES:
            (self.fake / "wire" / name).symlink_to(ROOT / "tests/wire.sh")
        self.people("user root", "group root", "group dialout")
        (self.fake / "calls").touch()
        self.service_is("inactive")
        (self.fake / "first.toml").write_text("# the first configuration\n")
        self._check_out()
        self.version("1.0")
        self.bare = self.tree(), self.who()

    def keep(self) -> None:
        """This is where `begin_again` begins."""
        shutil.copytree(self.place, self.place.with_name("kept"), symlinks=True)

    def begin_again(self) -> None:
        """As it was when it was kept: an installation takes longer than a copy."""
        shutil.rmtree(self.place)
        shutil.copytree(self.place.with_name("kept"), self.place, symlinks=True)

    def _check_out(self) -> None:
        shutil.copytree(ROOT / "hw/host", self.checkout / "hw/host")
        for name in ("install.sh", "pyproject.toml", "README.md", "tests/requirements.txt"):
            (self.checkout / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, self.checkout / name)
        for name in ("agent", "firmware-notes"):
            (self.checkout / name).mkdir()

    def version(self, version: str, verdict: int = RIGHT, comes_to: str = ACTIVE, touches: str = "") -> None:
        """The checkout is this version now: what it says of the configuration, what its start comes to, what it does to the database."""
        (self.checkout / "agent/__init__.py").write_text(f'VERSION = "{version}"\n')
        shutil.rmtree(self.fake / "next")
        (self.fake / "next").mkdir()
        for name, what in (("verdict", str(verdict)), ("comes-to", comes_to), ("touches", touches)):
            if what:
                (self.fake / "next" / name).write_text(what)

    def people(self, *lines: str) -> None:
        """The users and groups."""
        (self.fake / "people").write_text("".join(f"{line}\n" for line in lines))

    def who(self) -> list[str]:
        """The users and groups now."""
        return sorted((self.fake / "people").read_text().splitlines())

    def service_is(self, state: str) -> None:
        """What systemctl says."""
        (self.fake / "state").write_text(f"{state}\n")

    def install(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """install.sh, to its end."""
        (self.fake / "calls").write_text("")
        return subprocess.run(
            ["/bin/bash", str(self.checkout / "install.sh"), *words],
            env={
                "PATH": f"{self.fake}/wire:{os.defpath}:/usr/sbin",
                "SIMGATE_ROOT": str(self.root),
                "FAKE": str(self.fake),
                "REAL_PYTHON": sys.executable,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self, *beginnings: str) -> list[str]:
        """What the last run asked of the system, in order; only what begins so, when that is given."""
        asked = (self.fake / "calls").read_text().splitlines()
        return [call for call in asked if not beginnings or call.startswith(beginnings)]

    def current(self) -> str:
        """The version in force, without its digest."""
        return (self.root / "opt/simgate/current").resolve(strict=True).name.partition("-")[0]

    def versions(self) -> list[str]:
        """Every version that is kept, in the order of their names."""
        return sorted(one.name.partition("-")[0] for one in (self.root / "opt/simgate").iterdir() if not one.is_symlink())

    def tree(self) -> dict[str, tuple[str, str]]:
        """Every file, folder and link below the root: its mode, and what it holds."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            mode = stat.filemode(path.lstat().st_mode)
            held = str(path.readlink()) if path.is_symlink() else path.read_bytes().hex() if path.is_file() else ""
            found[str(path.relative_to(self.root))] = (mode, held)
        return found

    def file(self, path: str) -> Path:
        """A path of that machine."""
        return self.root / path.lstrip("/")
