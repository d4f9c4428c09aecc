"""The manual page and the completions of shells, made from the verbs: `python -m agent.cli.manual FOLDER`, as install.sh does."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
from click.shell_completion import get_completion_class

from agent import VERSION
from agent.cli.examples import EXAMPLES, leaves
from agent.cli.main import simgate
from agent.cli.verbs import VERBS

SHELLS: Final = ("bash", "zsh", "fish")
END: Final = """\
.SH EXIT STATUS
.TP
.B 0
done
.TP
.B 1
it did not work
.TP
.B 2
wrong use
.TP
.B 3
no agent is running
.TP
.B 78
the configuration is wrong
.SH ENVIRONMENT
.TP
.B SIMGATE_CONFIG
the configuration file, where
.B \\-\\-config
does not name one
.TP
.B SIMGATE_API_KEY
the API key, where neither the configuration nor systemd has one
.SH FILES
.TP
.I /etc/simgate/simgate.toml
the configuration
.TP
.I /etc/simgate/api.key
the API key, alone, for root's eyes
.TP
.I /var/lib/simgate/simgate.db
the database
.TP
.I /opt/simgate/current/README.md
everything else
"""


def page() -> str:
    """The page simgate(1), as troff."""
    return "\n".join([*_head(), *(line for name, verb in verbs() for line in _verb(name, verb)), END])


def verbs() -> Iterator[tuple[str, click.Command]]:
    """Every verb with its whole name, in the order of the README."""
    context = click.Context(simgate, info_name="simgate")
    for name in VERBS:
        command = simgate.get_command(context, name)
        assert command is not None
        yield from leaves(name, command)


def _head() -> Iterator[str]:
    yield f'.TH SIMGATE 1 "" "simgate {VERSION}" "User Commands"'
    yield from (".SH NAME", f"simgate \\- {_plain(_short(simgate))}", ".SH SYNOPSIS", ".B simgate", ".I VERB", "[OPTIONS] [ARGS]")
    yield from (".SH DESCRIPTION", "Every verb takes")
    yield from (".BR \\-\\-config ;", "every verb that reports takes", ".BR \\-\\-json .", ".SH VERBS")


def _verb(name: str, verb: click.Command) -> Iterator[str]:
    context = click.Context(verb, info_name=f"simgate {name}")
    yield f'.SS "simgate {name} {_plain(" ".join(verb.collect_usage_pieces(context)))}"'
    for turn, paragraph in enumerate(re.split(r"\n\s*\n", (verb.help or "").strip())):
        yield from ([".PP"] if turn else []) + [_plain(" ".join(paragraph.split()))]
    for parameter in verb.params:
        record = parameter.get_help_record(context)
        if record is not None:
            yield from (".TP", f".B {_plain(record[0])}", _plain(record[1]))
    if name in EXAMPLES:
        yield from (".PP", "Example:", ".RS", ".nf", _plain(EXAMPLES[name]), ".fi", ".RE")


def _short(command: click.Command) -> str:
    return " ".join((command.help or "").split()).rstrip(".")


def _plain(text: str) -> str:
    """Text that troff takes for nothing else."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq").replace("'", "\\(aq").replace("`", "\\(ga")
    return f"\\&{text}" if text.startswith(".") else text


def completion(shell: str) -> str:
    """The script that has this shell ask simgate at every TAB; click's own."""
    kind = get_completion_class(shell)
    assert kind is not None
    return kind(simgate, {}, "simgate", "_SIMGATE_COMPLETE").source()


def write(folder: Path) -> None:
    """All of them: simgate.1, simgate.bash, simgate.zsh, simgate.fish."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "simgate.1").write_text(page(), "utf-8")
    for shell in SHELLS:
        (folder / f"simgate.{shell}").write_text(completion(shell), "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
