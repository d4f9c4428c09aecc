"""`simgate replay`: what simgate concludes from a transcript; no modem, no agent."""

import sys
from pathlib import Path
from typing import Any

import click

from agent.cli.common import no_configuration, show_json
from agent.errors import TranscriptError
from agent.modems import replay as player
from agent.modems.library import shipped
from agent.modems.transcripts import Transcript, parse_transcript

_DIFFERENCES = {
    "unanswered": "not in the transcript, answered with ERROR",
    "asked_again": "asked more often than recorded",
    "not_asked": "recorded, and not asked",
    "late": "recorded later than simgate waits",
}


def replay(file: Path, config: str | None, as_json: bool) -> None:
    """Print what is concluded, and end with 1 where something else is expected. SimgateError."""
    no_configuration(config)
    transcript = parse_transcript(str(file), _text(file))
    notes = shipped()
    found = player.replay(player.Player(transcript), notes.profiles, notes.urcs)
    missed = found.missed(transcript.header.expect)
    answer = {**_last(transcript, found), "differences": {key: list(getattr(found, key)) for key in _DIFFERENCES}, "missed": missed}
    if as_json:
        show_json(answer)
    else:
        _show(transcript, found, missed)
    sys.exit(1 if missed else 0)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise TranscriptError(f"{file}: cannot be read: {error.strerror}", "name a transcript, as `simgate record` makes them") from error
    except UnicodeDecodeError as error:
        raise TranscriptError(f"{file}: this is no text", "transcripts are made by `simgate record`") from error


def _last(transcript: Transcript, found: player.Replay) -> dict[str, Any]:
    """The shape of `simgate probe --json`: what holds at the end, and all that held before it."""
    elapsed = transcript.lines[-1].ms - transcript.lines[0].ms if transcript.lines else 0
    return {**found.conclusions[-1], "elapsed_ms": elapsed, "before": list(found.conclusions[:-1])}


def _show(transcript: Transcript, found: player.Replay, missed: list[str]) -> None:
    header = transcript.header
    click.echo(f"{header.modem} {header.firmware}".rstrip())
    click.echo(f"recorded: {header.recorded}" if header.recorded else f"synthetic: {header.synthetic}")
    for conclusion in found.conclusions:
        click.echo()
        for key, value in conclusion.items():
            click.echo(f"{key:16} {'-' if value is None else value}")
    for key, words in _DIFFERENCES.items():
        for command in getattr(found, key):
            click.echo(f"\n{command}: {words}", nl=False)
    click.echo("".join(f"\nexpected and not concluded: {expected}" for expected in missed))
