"""`simgate watch` as a person meets it: in a real terminal, against a real agent; and what is left of it when it ends."""

import asyncio
import re
import signal
from pathlib import Path

import pytest
from child import MODULE, begin, simgate
from gate import LIMIT, Gate, gate, next_look, racked
from test_cli import at, one_line
from tmux import Pane, pane

from agent.watch.example import rack as example
from hw.simulated.family import families
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh

KEYS = "arrows choose"


def modems(count: int) -> list[SimulatedModem]:
    mixed = list(families())
    return [SimulatedModem(mixed[turn % len(mixed)], fresh(turn), delay=0.0, serial=turn, seed=turn) for turn in range(count)]


def watch(made: Gate, *words: str) -> tuple[str, ...]:
    return (*MODULE, "watch", *words, "--config", str(made.file))


async def in_a_row(made: Gate, count: int) -> None:
    await made.on_sale(*(made.number(turn) for turn in range(1, count + 1)))


# -- the picture --


@pytest.mark.parametrize(("width", "height"), [(80, 24), (200, 50)])
async def test_32_slots_are_seen_at_once_and_one_that_dies_is_seen_to(width: int, height: int, tmp_path: Path) -> None:
    async with gate(tmp_path, modems(32), timing={"lease": 1.5, "poll": 0.5}) as made, pane(tmp_path, width, height, *watch(made)) as seen:
        await in_a_row(made, 32)
        lines = await seen.shows("32 of 32 on sale", "endpoint ok", "queue 0", "next list in", KEYS)
        assert re.search(r"next list in \d+ s", lines[0])
        text = "\n".join(lines)
        for turn in range(1, 33):
            assert made.number(turn)[-8:] in text, turn
            assert re.search(rf"● \S*{turn:02} ", text), turn
        made.port(11).unplug()
        await seen.shows("31 of 32 on sale", "▲ 1", "no modem")
        await seen.press("n")
        lines = await seen.shows(">▲", "rack1-11  ▲ no modem", "do: plug it in" if height == 24 else "plug it in; cable, hub")
        assert len(lines) == height
        why = (await made.slot(11))["why"].partition(" s: ")[2]
        assert why
        assert "".join(why.split()) in "".join("".join(lines).split())
        await seen.press("q")
        await seen.left_clean("ended with 0")


async def test_keys_open_a_slot_filter_and_help(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(4)) as made, pane(tmp_path, 80, 24, *watch(made)) as seen:
        await in_a_row(made, 4)
        made.port(3).eject()
        await seen.shows("3 of 4 on sale")
        await seen.press("Right", "Right", "Enter")
        await seen.shows("rack1-03", "why", "the modem sees no SIM", "Enter back", without="rack1-02")
        await seen.press("Escape")
        await seen.shows("rack1-02", KEYS)
        await seen.press("f")
        await seen.shows("filter: not on sale", "· rack1-02", "○ rack1-03")
        await seen.press("?")
        await seen.shows("any key: back", "the next slot in trouble", without="rack1-02")
        await seen.press("C-c", "C-c")
        await seen.left_clean("ended with 0")


async def test_b_lets_the_led_of_the_chosen_slot_blink_and_ends_it(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(2), lines=True) as made, pane(tmp_path, 80, 24, *watch(made)) as seen:
        await seen.shows("of 2 on sale", KEYS)
        await seen.press("l", "b")
        await seen.shows("the LED of rack1-02 blinks for 30 s", "blinking")
        assert [(await made.slot(turn))["led"] == "identify" for turn in (1, 2)] == [False, True]
        await seen.press("b")
        await seen.shows("rack1-02: blinks no more", without="blinking")
        assert (await made.slot(2))["led"] != "identify"


async def test_a_slot_without_an_led_says_so(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(1)) as made, pane(tmp_path, 80, 24, *watch(made)) as seen:
        await seen.shows("1 of 1 on sale")
        await seen.press("b")
        await seen.shows("slot rack1-01 has no LED that works")


async def test_the_rack_stands_as_the_configuration_says(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(4), more="[rack]\ncolumns = 2\n") as made, pane(tmp_path, 80, 24, *watch(made)) as seen:
        lines = await seen.shows("4 of 4 on sale", "rack1-04")
        together = [[name for name in ("01", "02", "03", "04") if f"● rack1-{name}" in line] for line in lines]
        assert [names for names in together if names][:2] == [["01", "02"], ["03", "04"]]


async def test_another_size_is_another_picture(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(2)) as made, pane(tmp_path, 80, 24, *watch(made)) as seen:
        await seen.shows("2 of 2 on sale", KEYS)
        await seen.tmux("resize-window", "-t", seen.place.name, "-x", "60", "-y", "12")
        await lines_of(seen, 12, KEYS)
        await seen.tmux("resize-window", "-t", seen.place.name, "-x", "120", "-y", "40")
        await lines_of(seen, 40, KEYS)


async def lines_of(seen: Pane, height: int, foot: str) -> None:
    """Wait until the picture fills that height."""
    async with asyncio.timeout(LIMIT):
        while len(lines := await seen.picture()) != height or foot not in lines[-1] or "2 of 2" not in lines[0]:
            await next_look()


async def test_an_agent_that_goes_away_is_told_and_its_return_is_seen(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(2)) as made:
        async with made.running():
            await in_a_row(made, 2)
            showing = pane(tmp_path, 80, 24, *watch(made))
            seen = await showing.__aenter__()
            await seen.shows("2 of 2 on sale")
        try:
            said = await seen.shows("THE AGENT DOES NOT ANSWER", "rack1-02")
            assert "start it: simgate run" in " ".join(" ".join(said).split()), "where its lines break is up to the path before it"
            made.port(2).eject()
            async with made.running():
                await seen.shows("1 of 2 on sale", without="THE AGENT DOES NOT ANSWER")
                await seen.press("q")
                await seen.left_clean("ended with 0")
        finally:
            await showing.__aexit__(None, None, None)


# -- colours and letters --


@pytest.mark.parametrize(("words", "environ"), [((), {"NO_COLOR": "1"}), (("--no-colour",), {})])
async def test_without_colours_glyphs_and_words_say_the_same(words: tuple[str, ...], environ: dict[str, str], tmp_path: Path) -> None:
    async with gate(tmp_path, modems(2)) as made:
        await in_a_row(made, 2)
        made.port(2).unplug()
        async with pane(tmp_path, 80, 24, *watch(made)) as coloured, pane(tmp_path, 80, 24, *watch(made, *words), **environ) as plain:
            for seen, has in ((coloured, True), (plain, False)):
                await seen.shows("● rack1-01", "◆ rack1-02", "fading")
                styled = "\n".join(await seen.picture("-e"))
                assert bool(re.search(r"\x1b\[(?:\d+;)*(?:[34][0-7]|9[0-7])(?:;\d+)*m", styled)) is has


async def test_a_terminal_without_utf_8_gets_letters_that_it_has(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(1)) as made, pane(tmp_path, 80, 24, *watch(made), PYTHONIOENCODING="ascii") as seen:
        await in_a_row(made, 1)
        assert "\n".join(await seen.shows("* rack1-01", KEYS)).isascii()


# -- the end --


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_leaves_the_terminal_as_it_was(number: int, tmp_path: Path) -> None:
    async with gate(tmp_path, modems(1)) as made, pane(tmp_path, 80, 24, *watch(made)) as seen:
        await seen.shows("of 1 on sale", KEYS)
        assert (await seen.tmux("display", "-p", "-t", seen.place.name, "#{alternate_on} #{cursor_flag}")).split() == ["1", "0"]
        await seen.kill(number)
        await seen.left_clean("ended with 0")


async def test_an_error_of_the_program_leaves_the_terminal_as_it_was_and_is_told_there(tmp_path: Path) -> None:
    broken = "import agent.watch.show as s\ndef fail(*_): raise RuntimeError('the picture fell down')\ns.press = fail\n"
    async with gate(tmp_path, modems(1)) as made:
        words = ("-c", broken + "from agent.cli.main import main; main()", *watch(made)[2:])
        async with pane(tmp_path, 200, 100, *words) as seen:
            await seen.shows("of 1 on sale", KEYS)
            await seen.press("x")
            await seen.left_clean("ended with 1", "RuntimeError: the picture fell down")


# -- not in a terminal --


async def test_what_is_no_terminal_gets_one_picture(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(3)) as made:
        await in_a_row(made, 3)
        made.port(2).eject()
        why = await made.why(2, "no SIM")
        for done in (await at(made, "watch"), await at(made, "watch", "--once")):
            assert (done.code, done.err) == (0, "")
            assert "2 of 3 on sale" in done.out
            assert f"rack1-02 empty: {why}" in done.out
            assert "\x1b" not in done.out


@pytest.mark.parametrize(("words", "environ"), [(("--once",), {}), ((), {"TERM": "dumb"})])
async def test_once_and_a_dumb_terminal_get_one_picture_too(words: tuple[str, ...], environ: dict[str, str], tmp_path: Path) -> None:
    async with gate(tmp_path, modems(2)) as made:
        await in_a_row(made, 2)
        async with pane(tmp_path, 80, 24, *watch(made, *words), **environ) as seen:
            await seen.left_clean("2 of 2 on sale", "● rack1-02", "ended with 0")


async def test_json_is_the_status(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(1)) as made:
        await in_a_row(made, 1)
        watched, status = (await at(made, "watch", "--json")).document, (await at(made, "status", "--json")).document
    assert {**watched, "endpoint": None} == {**status, "endpoint": None}
    drawn = example(1)
    assert drawn.keys() == watched.keys(), "the screenshot is of a document as it really is"
    assert drawn["slots"][0].keys() == watched["slots"][0].keys()


async def test_without_an_agent_it_ends_with_3(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(1)) as made:
        for words in ((), ("--json",), ("--once",)):
            one_line(await at(made, "watch", *words), 3, "simgate run")
        async with pane(tmp_path, 80, 24, *watch(made)) as seen:
            await seen.left_clean("ended with 3", "no agent answers")


async def test_no_other_verb_pays_for_the_picture() -> None:
    others = "from agent.cli import asking, checking, common, lighting, numbering, probing, running, watching"
    light = "from agent.cli import asking, watching"
    for imports, dear in ((others, ("rich",)), (light, ("rich", "asyncio", "aiohttp", "sqlite3", "agent.watch"))):
        done = await simgate(way=("-c", f"{imports}\nimport sys; print([name for name in {dear!r} if name in sys.modules])"))
        assert (done.code, done.out) == (0, "[]\n"), done.err


# -- the demo --


async def test_the_demo_shows_the_same_picture_and_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    async with pane(tmp_path, 80, 24, *MODULE, "demo", "--slots", "4", "--pace", "0.5") as seen:
        await seen.shows("of 4 on sale", "● rack1-04", "the endpoint hears:", " on sale: +", "simgate status --config", KEYS)
        await seen.press("Right", "Enter")
        await seen.shows("rack1-02", "ICCID", without="rack1-04")
        await seen.press("C-c")
        await seen.left_clean("ended with 0", "the demo has ended")


async def test_the_demo_ends_cleanly_on_sigterm(tmp_path: Path) -> None:
    async with pane(tmp_path, 80, 24, *MODULE, "demo", "--slots", "1") as seen:
        await seen.shows("of 1 on sale", KEYS)
        await seen.kill(signal.SIGTERM)
        await seen.left_clean("ended with 0", "the demo has ended")


async def test_the_demo_tells_its_story_line_by_line_where_there_is_no_terminal() -> None:
    child = await begin("demo", "--slots", "2", "--pace", "0.5")
    assert child.stdout is not None
    told = ""
    async with asyncio.timeout(LIMIT):
        while "endpoint: 2 on sale: +" not in told or "> 2 modems answer, and every SIM is read\n" not in told:
            line = await child.stdout.readline()
            assert line, told
            told += line.decode()
        child.send_signal(signal.SIGINT)
        rest, err = await child.communicate()
    assert (child.returncode, err) == (0, b"")
    assert rest.endswith(b"tells the same story again\n")
    assert "\x1b" not in told
