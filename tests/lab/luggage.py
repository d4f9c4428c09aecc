"""What the guest brings along, as a second disk: this repository to be cloned, and the wheels that an index would have."""

import sys
import tempfile
import tomllib
from pathlib import Path

from .image import Image
from .pieces import PYTHON, ROOT, Arch, kept, run

PYPROJECT = ROOT / "pyproject.toml"
LOCK = ROOT / "tests/requirements.txt"


def luggage(image: Image, to: Path) -> Path:
    """A file system with `simgate.git` and `wheels/`; the repository is the working tree as it stands."""
    wheels = kept(f"wheels-{image.arch.name}", [PYPROJECT, LOCK, image.lgpio.name], lambda place: _wheels(image.arch, image.lgpio, place))
    disk = to / "luggage.raw"
    with tempfile.TemporaryDirectory(dir=to) as made:
        tree = Path(made)
        repository(tree / "simgate.git")
        run("cp", "-r", wheels, tree / "wheels")
        run("mke2fs", "-q", "-t", "ext4", "-L", "luggage", "-d", tree, disk, "256M")
    return disk


def _wheels(arch: Arch, lgpio: Path, to: Path) -> None:
    project = tomllib.loads(PYPROJECT.read_text("utf-8"))
    extras = project["project"]["optional-dependencies"]
    wanted = [*project["project"]["dependencies"], *extras["pi"], *extras["metrics"], *project["build-system"]["requires"], "editables"]
    tags = [word for tag in arch.wheels for word in ("--platform", tag)]
    only = ("--only-binary", ":all:", "--implementation", "cp", "--python-version", PYTHON)
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--dest", to, "--find-links", lgpio)
    run(*pip, *only, *tags, "--constraint", LOCK, *wanted)


def repository(to: Path) -> None:
    """A bare repository whose `main` is the last commit, and what has been changed since as one more."""
    with tempfile.TemporaryDirectory() as made:
        index = {"GIT_INDEX_FILE": f"{made}/index"}
        who = {f"GIT_{role}_{what}": "lab@localhost" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        git = ("git", "-C", ROOT)
        run(*git, "read-tree", "HEAD", env=index)
        run(*git, "add", "--all", env=index)
        tree = run(*git, "write-tree", env=index).strip()
        commit = run(*git, "commit-tree", tree, "-p", "HEAD", "-m", "The working tree", env=who).strip()
        run("git", "init", "--quiet", "--bare", "--initial-branch", "main", to)
        run(*git, "push", "--quiet", to, f"{commit}:refs/heads/main")
