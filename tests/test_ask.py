"""`simgate ask`: one question to a slot's modem through the running agent, which goes on with its own work as if nobody had asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from child import Done, simgate
from gate import LIMIT, Gate, gate, next_look, racked
from rack import sim
from test_harmless import EVIL

from hw.simulated.modem import SimulatedModem

NUMBER = "+447700900123"


@asynccontextmanager
async def selling(directory: Path, **what: Any) -> AsyncIterator[Gate]:
    """One SIM on sale."""
    async with gate(directory, [SimulatedModem("quectel-ec25", sim(), delay=0.0)], **what) as rack:
        await rack.on_sale(NUMBER)
        yield rack


async def asked(rack: Gate, *words: str) -> Done:
    return await simgate("ask", *words, "--config", str(rack.file))


async def test_the_answer_is_printed_and_its_end_is_the_exit_code(tmp_path: Path) -> None:
    async with selling(tmp_path) as rack:
        done, document, refused = await asyncio.gather(
            asked(rack, "rack1-01", "at + csq"), asked(rack, "rack1-01", "AT+CREG?", "--json"), asked(rack, "rack1-01", "AT+CPLS?")
        )
        assert (done.code, done.out, done.err) == (0, "+CSQ: 20,99\nOK\n", "")
        told = {"slot": "rack1-01", "command": "AT+CREG?", "lines": ["+CREG: 0,1"], "final": "OK", "ok": True}
        assert (document.code, document.document) == (0, told)
        assert (refused.code, refused.out) == (1, "")
        assert "ERROR" in refused.err
        assert (await rack.slot(1))["on_sale"]


async def test_it_is_the_owner_s_terminal_identities_are_printed_as_they_are(tmp_path: Path) -> None:
    async with selling(tmp_path) as rack:
        assert (await rack.asked("ask", slot="rack1-01", command="AT+CIMI"))["lines"] == ["234151234567891"]


async def test_what_may_disturb_needs_force_and_what_writes_never_reaches_the_modem(tmp_path: Path) -> None:
    async with selling(tmp_path) as rack:
        modem = rack.port(1).modem
        before = set(modem.log)
        done = await asked(rack, "rack1-01", "AT+CRSM=242,0")
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert "--force" in done.err
        assert (await asked(rack, "rack1-01", "AT+CRSM=242,0", "--force")).out.endswith("\n")
        for text in [text for texts in EVIL.values() for text in texts] + ["AT+CSQ\rATD112;", "AT+CSQ\nA"]:
            await rack.refused("ask", slot="rack1-01", command=text, force=True)
        for force in ("true", 1, None, "yes"):
            await rack.refused("ask", slot="rack1-01", command="AT+CRSM=242,1", force=force)
        assert set(modem.log) - before == {"AT+CRSM=242,0"}


async def test_a_pin_in_a_refused_command_is_not_repeated(tmp_path: Path) -> None:
    async with selling(tmp_path) as rack:
        done = await asked(rack, "rack1-01", 'AT+CPIN="4711"', "--force")
        assert done.code == 1
        assert "4711" not in done.err


async def test_an_answer_that_does_not_come_is_given_up_and_nothing_is_mixed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.modems.harmless.LIMIT", 0.05)
    async with selling(tmp_path) as rack:
        modem = rack.port(1).modem
        modem.quirks.slow["AT+CSQ"] = 0.4
        late = await rack.asked("ask", slot="rack1-01", command="AT+CSQ")
        assert (late["ok"], late["lines"]) == (False, [])
        del modem.quirks.slow["AT+CSQ"]
        polls = len(modem.log)
        async with asyncio.timeout(LIMIT):
            while len(modem.log) < polls + 12:
                assert (await rack.slot(1))["on_sale"]
                await next_look()
        monkeypatch.setattr("agent.modems.harmless.LIMIT", LIMIT)
        assert (await rack.asked("ask", slot="rack1-01", command="AT+CIMI"))["lines"] == ["234151234567891"]
        assert [request.numbers for request in rack.endpoint.requests] == [[NUMBER]]


async def test_many_who_ask_take_turns_with_the_agent(tmp_path: Path) -> None:
    expected = {"AT+CSQ": ["+CSQ: 20,99"], "AT+CIMI": ["234151234567891"], "AT+CREG?": ["+CREG: 0,1"], "AT+CPIN?": ["+CPIN: READY"]}
    async with selling(tmp_path) as rack:
        commands = [command for command in expected for _ in range(10)]
        answers = await asyncio.gather(*(rack.asked("ask", slot="rack1-01", command=command) for command in commands))
        assert [answer["lines"] for answer in answers] == [expected[command] for command in commands]
        assert [request.numbers for request in rack.endpoint.requests] == [[NUMBER]]


async def test_what_a_terminal_would_obey_is_spelt_out(tmp_path: Path) -> None:
    async with selling(tmp_path) as rack:
        rack.port(1).modem.quirks.before["AT+CSQ"] = "evil \x1b]0;owned\x07\x9b2J"
        done = await asked(rack, "rack1-01", "AT+CSQ")
        assert done.out == "evil \\x1B]0;owned\\x07\\x9B2J\n+CSQ: 20,99\nOK\n"


async def test_a_restart_by_hand_is_remembered_and_the_slot_comes_back(tmp_path: Path) -> None:
    async with selling(tmp_path) as rack:
        await rack.asked("ask", slot="rack1-01", command="AT+CFUN=1,1", force=True)
        async with asyncio.timeout(LIMIT):
            while "the modem has restarted" not in (words := await said(rack)):
                await next_look()
        assert "asked by hand, with --force: AT+CFUN=1,1" in words
        await rack.stands(1, "ready")


async def said(rack: Gate) -> list[str]:
    return [entry["what"] for entry in (await rack.asked("story", slot="rack1-01"))["timeline"]]


async def test_without_a_modem_or_an_agent_there_is_no_answer(tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem("generic", sim(), delay=0.0)]) as rack:
        assert (await asked(rack, "rack1-01", "AT+CSQ")).code == 3
        async with rack.running():
            await rack.on_sale(NUMBER)
            assert "rack1-01" in await rack.refused("ask", slot="rack9-99", command="AT+CSQ")
            assert "rack1-01" in await rack.refused("ask", slot=["rack1-01"], command="AT+CSQ")
            await rack.refused("ask", slot="rack1-01")
            rack.port(1).unplug()
            await rack.stands(1, "offline")
            assert "no modem can be asked" in await rack.refused("ask", slot="rack1-01", command="AT+CSQ")
