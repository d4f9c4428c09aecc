"""One example for every verb; it ends the verb's --help, and stands in the manual."""

from collections.abc import Iterator, Mapping
from typing import Final

import click

EXAMPLES: Final[Mapping[str, str]] = {
    "run": "simgate run --config ./simgate.toml --verbose",
    "demo": "simgate demo --slots 4 --seconds 60",
    "status": "simgate status",
    "slots": "simgate slots rack1-07",
    "watch": "simgate watch",
    "ask": "simgate ask rack1-07 AT+CSQ",
    "queue": "simgate queue",
    "history": "simgate history --slot rack1-07 --since 2d",
    "logs": "simgate logs rack1-07 --since 2h",
    "sync": "simgate sync --dry-run",
    "number set": "simgate number set 8944200053671052499 +447700900123",
    "number unset": "simgate number unset 8944200053671052499",
    "number import": "simgate number import numbers.csv",
    "number export": "simgate number export numbers.csv",
    "number list": "simgate number list",
    "led blink": "simgate led blink rack1-07 --seconds 60",
    "led legend": "simgate led legend",
    "led dark": "sudo simgate led dark",
    "fake": "simgate fake eject rack1-01",
    "probe": "simgate probe /dev/ttyUSB2 --json",
    "record": "simgate record /dev/ttyUSB2 boot.at --seconds 120",
    "replay": "simgate replay boot.at",
    "detection": "simgate detection rack1-07 --enable --level low",
    "doctor": "sudo simgate doctor --bundle help.tar.gz",
    "config init": "simgate config init --from-hardware --config ./simgate.toml",
    "config check": "simgate config check --config ./simgate.toml",
}


def leaves(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """The verb itself, or every verb of a group, each with its whole name."""
    if isinstance(command, click.Group):
        for inner, verb in command.commands.items():
            yield from leaves(f"{name} {inner}", verb)
    else:
        yield name, command


def explained(name: str, command: click.Command) -> click.Command:
    """The same verb, with its example."""
    for verb, leaf in leaves(name, command):
        if verb in EXAMPLES:
            leaf.epilog = f"\b\nExample: {EXAMPLES[verb]}"
    return command
