"""What every verb shares: --config, --json, and the way to the running agent."""

import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from agent.cli import completion
from agent.cli.named import settings_of
from agent.cli.waiting import Waiting
from agent.errors import NoAgentError, RefusedError, SimgateError

F = TypeVar("F", bound=Callable[..., Any])

ANSWERS = {"sync": "the endpoint's answer"}  # of all other verbs it is the agent's
SERVICE = Path("/run/simgate/control.sock")
PATIENCE = 120.0  # seconds: a sync may have to find a poison number first


def config_option(command: F) -> F:
    """--config FILE, else SIMGATE_CONFIG, else /etc/simgate/simgate.toml."""
    return click.option(
        "--config",
        "config",
        metavar="FILE",
        help="The configuration file (else SIMGATE_CONFIG, else /etc/simgate/simgate.toml).",
        shell_complete=completion.files,
    )(command)


def no_configuration(config: str | None) -> None:
    """For verbs that take --config as all do and have nothing to look up in it: the file must be a right one all the same."""
    if config is not None:
        settings_of(config)


def json_option(command: F) -> F:
    """--json: one JSON document instead of a text for people."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def ask(config: str | None, verb: str, **words: Any) -> Any:
    """The running agent's answer to `verb`. NoAgentError (exit 3) when none runs, RefusedError when it says no."""
    path = settings_of(config).control
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(PATIENCE)
        try:
            line.connect(str(path))
            line.sendall(json.dumps({"verb": verb, **words}).encode() + b"\n")
            with Waiting(ANSWERS.get(verb, "the agent's answer")):
                answer = b"".join(iter(lambda: line.recv(65536), b""))
        except PermissionError as error:
            raise not_allowed(path) from error
        except TimeoutError as error:
            raise NoAgentError(f"the agent on {path} does not answer within {PATIENCE:.0f} s", "look at its log") from error
        except OSError as error:
            raise no_agent(path) from error
    return unpacked(answer, path)


def no_agent(path: Path) -> NoAgentError:
    """Nobody listens on that socket; where it is the service's, the service is to be started."""
    mend = "sudo systemctl start simgate, and if it does not stay: simgate doctor" if path == SERVICE else "simgate run"
    return NoAgentError(f"no agent answers on {path}", f"start it: {mend}")


def not_allowed(path: Path) -> SimgateError:
    """This user may not speak to the agent on that socket, and may after the mend."""
    import grp  # noqa: PLC0415  only the error needs them
    import pwd  # noqa: PLC0415

    try:
        user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(path.parent.stat().st_gid).gr_name
    except (KeyError, OSError):
        return SimgateError(f"{path}: you may not speak to this agent", "use sudo")
    return SimgateError(f"{path}: you may not speak to this agent", f"use sudo, or sudo adduser {user} {group} and log in again")


def unpacked(answer: bytes, path: Path) -> Any:
    """What the agent on `path` has answered. NoAgentError when it is not whole, RefusedError when it says no."""
    if not answer.endswith(b"\n"):
        raise NoAgentError(f"the agent on {path} hung up in the middle of its answer", "look at its log")
    reply = json.loads(answer)
    if not reply["ok"]:
        refused = RefusedError(reply["error"])
        refused.exit_code = reply["exit"]
        raise refused
    return reply["answer"]


def looking_at(check: str) -> None:
    """What is being looked at, on a terminal alone; "" wipes it away."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{check and f'looking at: {check} '}", err=True, nl=False)


def show_json(answer: Any) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(answer, indent=1, ensure_ascii=False))


def table(rows: list[list[str]]) -> None:
    """Columns as wide as their widest cell."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
