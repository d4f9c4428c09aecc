"""`simgate config init`: the first configuration of a gateway, with a comment at every line that is the owner's to edit."""

import os
import re
import socket
from collections.abc import Sequence
from importlib.resources import files
from itertools import zip_longest
from pathlib import Path

import click

from agent.cli.boards import advice, board_of, with_board
from agent.errors import LineError, SimgateError
from agent.settings.file import find
from hw.chips import Chips
from hw.plugged import Plugged, plugged
from hw.spare import spare

SLOT = """
[[slot]]
{name}# edit: the partner's port_id
{usb}# {what}
{pins}"""
NO_PIN = "# presence, led: no line is free here; an expander gives more (README)\n"
COLUMN = 38  # where the comments of the shipped text stand


def begin(config: str | None, from_hardware: bool, board: str | None, at: str | None, force: bool) -> None:
    """Write it, and say what is left to do. SimgateError, click.UsageError."""
    path = find(config, os.environ)
    if (board and from_hardware) or (at and not board):
        raise click.UsageError("--board says where everything is, --at where the board is; --from-hardware goes without both")
    if board:
        _board_init(path, board, at, force=force)
        return
    modems = plugged() if from_hardware else []
    write(path, first_text(modems, socket.gethostname() if from_hardware else "", _free() if modems else ()), force=force)
    click.echo(f"{path}: written" + (f", with {len(modems)} of your modems" if modems else ""))
    if from_hardware and not modems:
        click.echo("no modem is plugged in, or its driver is missing: the one slot in it is an example", err=True)


def _free() -> list[str]:
    try:
        return list(spare(Chips()))
    except LineError as error:
        click.echo(f"which GPIO lines are free is not known: {error}", err=True)
        return []


def first_text(modems: Sequence[Plugged], gateway: str, pins: Sequence[str] = ()) -> str:
    """The shipped text, with these modems in the place of its example slot and this name for the gateway, where it is fit for one.

    Two of `pins` are each slot's, as a hint, as far as they go.
    """
    text = files("hw").joinpath("host/simgate.toml").read_text("utf-8")
    if re.fullmatch(r"[A-Za-z0-9.-]{1,63}", gateway):
        text = re.sub('^id = "rack1" *', f'id = "{gateway}" '.ljust(COLUMN), text, count=1, flags=re.MULTILINE)
    head, example, tail = re.split(r"\n(?=\[\[slot\]\]|# What you know)", text)
    pairs = zip_longest(modems, zip(pins[::2], pins[1::2], strict=False))
    slots = "".join(_slot(modem, pair) for modem, pair in pairs if modem is not None)
    return f"{head}{slots}\n{tail}" if slots else "\n".join((head, example, tail))


def _slot(modem: Plugged, pair: tuple[str, str] | None) -> str:
    what = " ".join(filter(None, (modem.usb_id, modem.called, f"({', '.join(modem.ttys)})")))
    name, usb = (f'{key} = "{modem.usb}" '.ljust(COLUMN) for key in ("name", "usb"))
    hint = NO_PIN if pair is None else f'# presence = "{pair[0]}"\n# led = "{pair[1]}"\n'
    return SLOT.format(name=name, usb=usb, what=what, pins=hint)


def write(path: Path, text: str, *, force: bool) -> None:
    """All of it or nothing. SimgateError when a file is there and `force` is not given, or it cannot be written."""
    new = path.with_name(f"{path.name}.new")
    try:
        if path.exists() and not force:
            raise SimgateError(f"{path} is there already", "edit it, or say --force to write over it")
        new.write_text(text, "utf-8")
        if path.exists():
            # Who may read it is not ours to change: it may hold PINs.
            there = path.stat()
            os.chown(new, there.st_uid, there.st_gid)
            new.chmod(there.st_mode & 0o777)
        new.replace(path)
    except FileNotFoundError as error:
        mend = "make it (sudo ./install.sh makes /etc/simgate), or name another file with --config"
        raise SimgateError(f"{path} cannot be written: there is no directory {path.parent}", mend) from error
    except OSError as error:
        raise SimgateError(f"{path} cannot be written: {error.strerror}", "name another file with --config, or run this as root") from error


def _board_init(path: Path, name: str, at: str | None, *, force: bool) -> None:
    board, modems = board_of(name, at), plugged()
    write(path, with_board(first_text([], socket.gethostname()), board, modems), force=force)
    click.echo(f"{path}: written, with {len(board.slots)} slot{'s' * (len(board.slots) > 1)} of {name}")
    for line in advice(board, modems):
        click.echo(line, err=True)
