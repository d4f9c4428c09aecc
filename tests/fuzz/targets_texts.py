"""Targets: texts that people and machines write: notes, transcripts, configuration, tables."""

from pathlib import Path

from agent.errors import ConfigError, IdentityError, NoteError, TranscriptError
from agent.modems.notes import Profile, parse_note
from agent.modems.transcripts import escape, parse_transcript, unescape
from agent.settings.file import check, load_local
from agent.settings.values import Settings
from agent.sim import numbering
from agent.sim.identity import Iccid, Imsi, Msisdn, Plmn
from agent.sim.owners import read_csv, write_csv

from .target import promise, text_of

COUNTRIES = ("234", "262", "310", "334", "722", "460", "001", "901", "250", None)


class Held(type(Path())):  # type: ignore[misc]  # the class of this system's paths
    """A configuration file whose octets need no disk."""

    octets = b""

    def read_bytes(self) -> bytes:
        """What it holds."""
        return self.octets


def note(octets: bytes) -> None:
    """A firmware note: a profile, or one NoteError that names file and line."""
    try:
        profile = parse_note("x", text_of(octets))
    except NoteError as error:
        promise(str(error).startswith("firmware-notes/x.md:"), "an error names file and line")
        return
    promise(isinstance(profile, Profile) and profile.name == "x", "no profile")
    profile.hints_at_card("+CPIN: READY")
    profile.fits("maker", "model")


def transcript(octets: bytes) -> None:
    """A transcript is what it is written as; what is none is told by line."""
    promise(unescape(escape(octets[:64])) == octets[:64], "an octet was lost")
    try:
        found = parse_transcript("x.at", text_of(octets))
    except TranscriptError as error:
        promise(str(error).startswith("x.at:"), "an error names file and line")
        return
    promise(parse_transcript("x.at", str(found)) == found, "written and read is not what it was")


def settings(octets: bytes) -> None:
    """A configuration: Settings, or every error in a line of its own."""
    file = Held("x.toml")
    file.octets = octets
    said = check(file)
    try:
        found: Settings | None = load_local(file)
    except ConfigError as error:
        found = None
        promise(said[0] == str(error), "the first error is not the one that check tells")
    promise((found is None) == bool(said), "check and load do not agree")
    promise(all("\n" not in one and one.startswith("x.toml: ") for one in said), "an error is one line that names the file")
    if found:
        promise(found.slots and found.timing.lease > found.timing.poll, "what nobody can run")


def owners(octets: bytes) -> None:
    """The CSV of `simgate number`: what is taken is written and read as the same; what is wrong has a line."""
    owned, wrong = read_csv(text_of(octets))
    promise(all(one.partition(":")[0].isdigit() for one in wrong), "an error names its line")
    promise(read_csv(write_csv(owned)) == (owned, []), "written and read is not what it was")
    promise(len(set(owned.values())) == len(owned), "one number for two SIMs")


def identity(octets: bytes) -> None:
    """ICCID, IMSI, PLMN: a value that holds digits alone and hides them, or IdentityError."""
    text = text_of(octets)
    for kind in (Iccid, Imsi, Plmn):
        try:
            found = kind.parse(text)
        except IdentityError as error:
            promise(len(text.strip()) < 6 or text.strip() not in str(error), "an error repeats an identity")
            continue
        promise(isinstance(found, Plmn) or found.digits not in f"{found} {found!r}", "an identity is shown")
        if isinstance(found, Imsi):
            for length in (None, 2, 3, octets[-1]):
                home = numbering.home_plmn(found, length)
                promise(home is None or found.digits.startswith(str(home[0])), "a home that the IMSI does not begin with")


def number(octets: bytes) -> None:
    """Numbers as owners, SIMs and networks write them: E.164 or nothing."""
    text, mcc = text_of(octets[1:]), COUNTRIES[octets[0] % len(COUNTRIES)] if octets else None
    found: list[Msisdn | None] = [numbering.e164(text, 145, mcc), numbering.e164(text, 129, mcc)]
    if mcc:
        found.append(numbering.home_mobile(text, mcc))
    try:
        found.append(numbering.owner_number(text))
    except IdentityError as error:
        promise(len(text.strip()) < 6 or text.strip() not in str(error), "an error repeats a number")
    for one in filter(None, found):
        promise(7 <= len(one.digits) <= 15 and one.digits.isdecimal() and one.digits.isascii(), "no E.164")
        promise(numbering.owner_number(str(one)) == one, "written and read is another number")
        region = numbering.region_of(one, mcc)
        promise(region is None or len(region) == 2, "no region")
