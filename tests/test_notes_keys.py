"""Every key of a firmware note: what it becomes, what is refused, and that the notes' README names them all."""

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from conversation import answered
from sim_talk import ALL_WELL, BARE, nobody

from agent.at.dialog import Command
from agent.at.values import ICCID_DECODERS, PIN_DECODERS
from agent.errors import NoteError, PortError
from agent.modems.attach import attached
from agent.modems.identify import identify
from agent.modems.library import shipped
from agent.modems.notes import KEYS, LIMITED, QUIRKS, Ask, ModemReset, Profile, SimReset, command_name, parse_note
from agent.ports import Candidate, Port

NOTES = Path(__file__).parents[1] / "firmware-notes"
README = (NOTES / "README.md").read_text("utf-8")
EXAMPLE = "+++\n" + README.partition("```toml\n")[2].partition("```")[0] + "+++\n"
WEB = """+++
name = "web"
at = false
why = "it has a web page"
[usb]
"dead:beef" = []
+++
"""


def between(name: str) -> str:
    found = re.search(rf"<!-- {name}: begin -->\n(.*?)<!-- {name}: end -->", README, re.DOTALL)
    assert found
    return found[1]


def first_column(name: str) -> list[str]:
    return re.findall(r"^\| `([a-z0-9_.-]+)` \|", between(name), re.MULTILINE)


def example() -> Profile:
    return parse_note("acme-x1", EXAMPLE)


def refused(text: str, name: str = "acme-x1") -> str:
    with pytest.raises(NoteError) as caught:
        parse_note(name, text)
    return str(caught.value)


def line_of(text: str, inside: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if inside in line)


# -- README --


def test_the_readme_of_the_notes_explains_every_key_and_no_other() -> None:
    tables = {"match", "iccid", "pin"}  # they are explained by their keys
    known = {f"{table}.{key}" if table else key for table, keys in KEYS.items() for key in keys} - tables
    assert sorted(first_column("keys")) == sorted(known - {"hot_swap"})


def test_the_readme_of_the_notes_names_every_quirk_decoder_limit_and_note() -> None:
    assert set(first_column("quirks")) == QUIRKS
    assert first_column("notes") == sorted(path.stem for path in NOTES.glob("*.md") if path.stem != "README")
    for name in (*ICCID_DECODERS, *PIN_DECODERS):
        assert f'`"{name}"`' in between("keys")
    limits = README.partition("`[limits]` takes the commands ")[2].partition(", and those")[0]
    assert set(re.findall(r"`(\+[A-Z]+)`", limits)) == LIMITED


def test_every_quirk_is_a_habit_that_some_note_has() -> None:
    assert {quirk for profile in shipped().profiles for quirk in profile.quirks} == QUIRKS


# -- what the keys become --


def test_the_example_is_a_note_that_uses_every_key() -> None:
    found = example()
    assert found.usb == {"dead:beef": (2, 3), "dead:0001": ()}
    assert "CD-ROM" in found.why
    assert found.setup == ("AT^NOISE=0", "AT+MOVED=1")
    assert found.sim_reset == SimReset(("AT+CFUN=0", "AT+CFUN=1"), 2.0, (r"\+MOVED: ?0",))
    assert found.modem_reset == ModemReset(("AT+RESET", "AT+CFUN=1,1"), 25.0)
    assert found.pin_attempts == (Ask("AT+CPINR", ("+CPINR:",), 5.0, "cpinr"),)
    for keys in KEYS.values():
        for key in keys - {"at"}:
            assert key in EXAMPLE


def test_a_switch_for_detection_knows_both_levels() -> None:
    detection = example().detection
    assert detection is not None
    assert (detection.ask.send, detection.ask.prefix, detection.ask.timeout) == ("AT+DETECT?", ("+DETECT:",), 5.0)
    assert detection.needs_level
    assert (detection.enabling(low=True), detection.enabling(low=False)) == (("AT+DETECT=1,0",), ("AT+DETECT=1,1",))
    assert (detection.undo, detection.needs_restart) == (("AT+DETECT=0",), True)
    assert re.match(detection.on, "+DETECT: 1,0")
    assert re.match(detection.off, "+DETECT: 0,0")


def test_what_a_note_does_not_say_is_unknown() -> None:
    bare = parse_note("bare", '+++\nname = "bare"\n[[iccid]]\nsend = "AT+CCID"\nprefix = [""]\n+++\n')
    assert (bare.at, bare.why, bare.limits, bare.detection, bare.sim_reset, bare.modem_reset) == (True, "", {}, None, None, None)
    assert (bare.pin_attempts, bare.iccid) == ((), (Ask("AT+CCID", ("",), 5.0, "iccid"),))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("AT+CPIN?", 12.0), ('AT+CPIN="1234"', 12.0), ("AT+CPINR", 5.0), ("AT", 5.0), ("AT+CIMI", 5.0), ("at+cpin?", 12.0)],
)
def test_a_limit_of_the_note_replaces_that_of_its_command_alone(text: str, seconds: float) -> None:
    command = Command(text, prefix="+CPIN:", shape="x", timeout=5)
    timed = example().timed(command)
    assert timed == Command(text, prefix="+CPIN:", shape="x", timeout=seconds)


def test_a_question_of_the_note_without_a_time_has_its_commands_limit() -> None:
    text = EXAMPLE.replace('"+CPIN" = 12', '"+CRSM" = 33').replace("timeout = 20\n", "")
    assert parse_note("acme-x1", text).iccid[0].timeout == 33.0


def asked(profile: Profile) -> list[Command]:
    """All questions about a card, with those of every rung of the ladder to its number."""
    found: list[Command] = []
    for said in ({"AT+CPIN?": "ERROR"}, BARE):
        modem, talk = ALL_WELL | said, identify(profile, nobody)
        command = next(talk)
        with suppress(StopIteration):
            while True:
                found.append(command)
                command = talk.send(answered(command, str(modem.get(command.text, "ERROR"))))
    return found


def test_every_question_about_a_card_obeys_the_limits_of_the_note() -> None:
    generic = next(profile for profile in shipped().profiles if profile.name == "generic")
    slow = replace(generic, limits=dict.fromkeys(LIMITED, 77.0), iccid=(Ask("AT+CCID", ("",), 77.0, "iccid"), *generic.iccid))
    assert {command.timeout for command in asked(slow) if command.text != generic.iccid[0].send} == {77.0}


def test_a_note_can_limit_exactly_the_commands_that_are_asked() -> None:
    generic = next(profile for profile in shipped().profiles if profile.name == "generic")
    names = {command_name(command.text) for command in asked(generic)} - {command_name(ask.send) for ask in generic.iccid[1:]}
    assert names | {"+CEREG", "+CGREG"} == LIMITED


async def test_who_plugs_in_a_stick_without_an_at_port_is_told_so() -> None:
    with pytest.raises(PortError, match="HiLink"):
        async with attached(Closed("12d1:14dc"), shipped(), lambda _: None):
            pass
    with pytest.raises(PortError, match="taken"):
        async with attached(Closed("2c7c:0125"), shipped(), lambda _: None):
            pass


class Closed:
    """A socket whose only tty cannot be opened."""

    def __init__(self, usb_id: str) -> None:
        self._usb_id = usb_id

    def usb_id(self) -> str:
        return self._usb_id

    def candidates(self) -> list[Candidate]:
        return [Candidate("/dev/ttyUSB0", self._usb_id, 2)]

    async def open(self, tty: str) -> Port:
        raise PortError(f"{tty}: taken")


def test_a_family_without_an_at_port_has_a_reason_and_nothing_else() -> None:
    web = parse_note("web", WEB)
    assert (web.at, web.why, web.usb, web.iccid) == (False, "it has a web page", {"dead:beef": ()}, ())
    assert not web.fits("acme", "web")


# -- what is refused --

QUESTION = '[[iccid]]\nsend = "AT+CCID"\nprefix = [""]\n'


@pytest.mark.parametrize("table", ["", "match", "[iccid]", "hot_swap", "hot_swap.detection", "sim_reset", "modem_reset", "[pin.attempts]"])
def test_an_unknown_key_is_refused_in_every_table(table: str) -> None:
    head = f"[{table}]\n" if table else "+++\n"
    text = EXAMPLE.replace(head, f"{head}colour = 1\n", 1)
    key = f"{table.strip('[]')}.colour" if table else "colour"
    assert refused(text).startswith(f"firmware-notes/acme-x1.md:{line_of(text, 'colour')}: {key}: unknown key")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("[pin.attempts]", "[pin.tries]", "pin.tries"),
        ('send = "AT+DETECT?"', 'ask = "AT+DETECT?"', "hot_swap.detection.ask.ask"),
        ("timeout = 5 }", 'timeout = 5, decoder = "iccid" }', "hot_swap.detection.ask.decoder"),
        ('send = "AT+DETECT?"', 'send = "DETECT"', "hot_swap.detection.ask.send"),
        ("ask = {", "ask = 5 # {", "hot_swap.detection.ask"),
        ("ask = {", "# ask = {", "hot_swap.detection.ask"),
        ("on = '\\+DETECT: ?1'", "on = '(DETECT'", "hot_swap.detection.on"),
        ("on = '\\+DETECT: ?1'", "", "hot_swap.detection.on"),
        ("off = '\\+DETECT: ?0'", "off = 'x*'", "hot_swap.detection.off"),
        ('enable = ["AT+DETECT=1,{level}"]', "enable = []", "hot_swap.detection.enable"),
        ('undo = ["AT+DETECT=0"]', 'undo = "AT+DETECT=0"', "hot_swap.detection.undo"),
        ('undo = ["AT+DETECT=0"]', "", "hot_swap.detection.undo"),
        ("needs_restart = true", "needs_restart = 1", "hot_swap.detection.needs_restart"),
        ('"+CPIN" = 12', '"+CPIN" = 0', "limits.+CPIN"),
        ('"+CPIN" = 12', '"+CPIN" = "12"', "limits.+CPIN"),
        ('"+CPIN" = 12', '"+COPS" = 12', "limits.+COPS"),
        ('"+CPIN" = 12', '"CPIN" = 12', "limits.CPIN"),
        ('commands = ["AT+CFUN=0", "AT+CFUN=1"]', "commands = []", "sim_reset.commands"),
        ('commands = ["AT+CFUN=0", "AT+CFUN=1"]', 'commands = ["CFUN"]', "sim_reset.commands"),
        ("pause = 2", "pause = -1", "sim_reset.pause"),
        ("false_urcs = ['\\+MOVED: ?0']", "false_urcs = ['']", "sim_reset.false_urcs"),
        ('commands = ["AT+RESET", "AT+CFUN=1,1"]', "", "modem_reset.commands"),
        ("boot = 25", "boot = 181", "modem_reset.boot"),
        ('decoder = "cpinr"', 'decoder = "iccid"', "pin.attempts.decoder"),
        ('decoder = "cpinr"', "", "pin.attempts.decoder"),
        ('"dead:beef" = [2, 3]', '"dead:beef" = [2, 2]', "usb.dead:beef"),
        ('quirks = ["get_response_255"]', "at = 0", "at"),
        ("why = ", "# why = ", "why"),
        ('"dead:0001" = []', "", "why"),
    ],
)
def test_a_wrong_value_is_refused_with_file_line_and_key(old: str, new: str, key: str) -> None:
    assert EXAMPLE.count(old) == 1
    said = refused(EXAMPLE.replace(old, new))
    assert re.match(rf"firmware-notes/acme-x1\.md:\d+: {re.escape(key)}: ", said), said
    if new and not new.startswith("#"):
        assert said.split(":")[1] == str(line_of(EXAMPLE, old.splitlines()[0]))


@pytest.mark.parametrize(
    ("more", "key"),
    [
        (QUESTION, "iccid"),
        ("[match]\nmodel = 'x'\n", "match"),
        ("[limits]\n", "limits"),
        ("[hot_swap]\n", "hot_swap"),
        ('[sim_reset]\ncommands = ["AT+CFUN=0"]\n', "sim_reset"),
        ('[[pin.attempts]]\nsend = "AT+CPINR"\nprefix = ["+CPINR:"]\ndecoder = "cpinr"\n', "pin"),
    ],
)
def test_a_family_without_an_at_port_may_not_be_asked_anything(more: str, key: str) -> None:
    assert refused(WEB.replace("[usb]", more + "[usb]"), "web").startswith(f"firmware-notes/web.md:5: {key}: ")


@pytest.mark.parametrize(
    ("old", "new", "key"), [("= []", "= [2]", "usb"), ('why = "it has a web page"', "", "why"), ("at = false", "", "iccid")]
)
def test_a_family_without_an_at_port_may_not_contradict_itself(old: str, new: str, key: str) -> None:
    assert f": {key}: " in refused(WEB.replace(old, new), "web")
