"""What a running gateway tells Prometheus, asked over its port and read from its file."""

import asyncio
import logging
import socket
import stat
import sys
from pathlib import Path

import pytest
from gate import KEY, LIMIT, Gate, gate, next_look, racked
from scraped import Scrape, free_port, needs_promtool, promtool, read, scrape

from agent.metrics import telling
from hw.simulated.endpoint import Canned
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh

REQUEST = "simgate_endpoint_request_duration_seconds"


def modems() -> list[SimulatedModem]:
    """Two that sell, and one without a SIM."""
    return [
        *(SimulatedModem("quectel-ec25", fresh(at), delay=0.0, serial=at) for at in range(2)),
        SimulatedModem("generic", None, delay=0.0, serial=2),
    ]


async def told(rack: Gate, port: int) -> Scrape:
    """Once both numbers are at the endpoint, and the agent knows it."""
    await rack.on_sale(rack.number(1), rack.number(2))
    await rack.waits()
    return await scrape(port)


async def appears(path: Path, words: str = "") -> str:
    """What the file says, once it is there and says that."""

    def said() -> str | None:
        return path.read_text() if path.exists() else None

    async with asyncio.timeout(LIMIT):
        while (text := said()) is None or words not in text:
            await next_look()
    return text


async def test_a_gateway_that_sells_says_so(tmp_path: Path) -> None:
    port = free_port()
    async with gate(tmp_path, modems(), more=f"[metrics]\nlisten = {port}\n") as rack:
        seen = await told(rack, port)
        assert "content-type: text/plain; version=0.0.4; charset=utf-8" in seen.head.lower()
        assert (seen.value("simgate_numbers_on_sale"), seen.value("simgate_numbers_delivered")) == (2, 2)
        assert [seen.value("simgate_slot_on_sale", slot=f"rack1-0{slot}") for slot in (1, 2, 3)] == [1, 1, 0]
        for slot, state in (("rack1-01", "ready"), ("rack1-03", "no_sim")):
            states = {
                dict(labels)["state"]: value
                for (name, labels), value in seen.samples.items()
                if ("slot", slot) in labels and name == "simgate_slot_state"
            }
            assert (states.pop(state), set(states.values())) == (1, {0})
        assert seen.value("simgate_slots_off_sale", matter="no_card") == 1
        assert [seen.value("simgate_endpoint_state", state=state) for state in ("ok", "retrying", "refused")] == [1, 0, 0]
        assert seen.value("simgate_lists_accepted_total") == seen.value(f"{REQUEST}_count") == len(rack.endpoint.requests)
        accepted, newest = (
            seen.value("simgate_list_accepted_timestamp_seconds"),
            seen.value("simgate_endpoint_last_request_duration_seconds"),
        )
        assert rack.gateway.since <= (accepted or 0) <= rack.gateway.world.clock.wall()
        assert 0 < (newest or 0) <= (seen.value(f"{REQUEST}_sum") or 0)
        assert (seen.value("simgate_queue_changes"), seen.value("simgate_queue_oldest_timestamp_seconds")) == (0, None)
        assert [seen.value(f"simgate_{name}") for name in ("store_ok", "first_list_held", "many_modems_gone")] == [1, 0, 0]
        assert seen.value("simgate_clock_ok") == rack.gateway.uplink.clock_ok


async def test_what_waits_and_what_is_not_answered_is_counted(tmp_path: Path) -> None:
    port = free_port()
    async with gate(tmp_path, modems(), more=f"[metrics]\nlisten = {port}\n") as rack:
        before = await told(rack, port)
        rack.endpoint.script(Canned(drop=True), Canned(hold=True))
        gone = rack.number(2)
        rack.port(2).eject()
        await rack.waits(([], [gone]))
        asked = int(before.value(f"{REQUEST}_count") or 0)
        await rack.endpoint.wait_for(lambda endpoint: len(endpoint.requests) == asked + 2, LIMIT)
        seen = await scrape(port)
        assert (seen.value("simgate_queue_changes"), seen.value("simgate_numbers_on_sale")) == (1, 1)
        assert seen.value("simgate_numbers_delivered") == 1, "the other one is no longer the endpoint's to have"
        assert seen.value("simgate_endpoint_requests_unanswered_total") == 1
        assert seen.value("simgate_endpoint_state", state="retrying") == 1
        assert seen.value("simgate_lists_accepted_total") == before.value("simgate_lists_accepted_total")


@needs_promtool
async def test_promtool_finds_no_fault_with_a_scrape(tmp_path: Path) -> None:
    port = free_port()
    async with gate(tmp_path, modems(), more=f"[metrics]\nlisten = {port}\n") as rack:
        promtool("check", "metrics", given=(await told(rack, port)).body)


async def test_nothing_that_is_told_says_whose_it_is(tmp_path: Path) -> None:
    port = free_port()
    async with gate(tmp_path, modems(), more=f"[metrics]\nlisten = {port}\n") as rack:
        seen = await told(rack, port)
        secrets = {*(rack.port(slot).modem.state.imei for slot in (1, 2, 3))}
        for slot in (1, 2):
            sim = rack.sim(slot)
            secrets |= {sim.iccid, sim.imsi, rack.number(slot), rack.number(slot).removeprefix("+")}
        assert len(secrets) == 11
        assert [secret for secret in {KEY, *secrets} if secret in seen.body] == []
        assert {float(secret) for secret in secrets}.isdisjoint(seen.samples.values())
        labels = {label for _, several in seen.samples for label, _ in several}
        assert labels == {"version", "gateway", "state", "matter", "le", "slot", "rung"}


async def test_only_metrics_are_to_be_had_there_and_only_to_be_read(tmp_path: Path) -> None:
    port = free_port()
    async with gate(tmp_path, modems(), more=f"[metrics]\nlisten = {port}\n") as rack:
        assert (await told(rack, port)).names
        assert (await scrape(port, "/")).head.startswith("HTTP/1.1 404")
        assert (await scrape(port, method="POST")).head.startswith("HTTP/1.1 405")
        assert (await scrape(port, method="HEAD")).body == ""


async def test_a_prometheus_that_keeps_its_line_does_not_hold_up_the_end(tmp_path: Path) -> None:
    port = free_port()
    async with racked(tmp_path, modems(), more=f"[metrics]\nlisten = {port}\n") as rack, asyncio.timeout(LIMIT):
        async with rack.running():
            await told(rack, port)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        await reader.read()
        assert reader.at_eof()
        writer.close()


async def test_without_the_key_nothing_listens_and_no_library_is_loaded(tmp_path: Path) -> None:
    for name in ("agent.metrics.families", "agent.metrics.port"):
        sys.modules.pop(name, None)
    async with gate(tmp_path, modems()) as rack:
        await rack.on_sale(rack.number(1), rack.number(2))
        assert {"agent.metrics.families", "agent.metrics.port"}.isdisjoint(sys.modules)


def levels(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Of what was said of metrics: the machine that the tests run on may give the agent more to say."""
    return [record.levelname for record in caplog.records if record.name == "agent.metrics.telling"]


async def test_a_port_that_is_taken_is_told_once_and_sells_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "AGAIN", 0.01)
    caplog.set_level(logging.DEBUG, "agent.metrics.telling")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port: int = other.getsockname()[1]
        async with gate(tmp_path, modems(), more=f"[metrics]\nlisten = {port}\n") as rack:
            await rack.on_sale(rack.number(1), rack.number(2))
            async with asyncio.timeout(LIMIT):
                while len(levels(caplog)) < 3:
                    await next_look()
            first, *others = levels(caplog)
            assert (first, set(others)) == ("WARNING", {"DEBUG"})
            assert f"{port}" in caplog.text
            assert "correct metrics.listen" in caplog.text
            other.close()
            async with asyncio.timeout(LIMIT):
                while "INFO" not in levels(caplog):
                    await next_look()
            assert (await told(rack, port)).value("simgate_numbers_on_sale") == 2


async def test_a_library_that_is_not_there_is_told_with_its_mend_and_sells_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "find_spec", lambda _name: None)
    async with gate(tmp_path, modems(), more=f"[metrics]\nlisten = {free_port()}\n") as rack:
        await rack.on_sale(rack.number(1), rack.number(2))
        (error,) = [record for record in caplog.records if record.name == "agent.metrics.telling"]
        assert (error.levelname, "pip install 'simgate[metrics]'" in error.getMessage()) == ("ERROR", True)


async def test_the_file_says_the_same_may_be_read_by_all_and_is_gone_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.metrics.textfile.EVERY", 0.01)
    (tmp_path / "node").mkdir()
    file = tmp_path / "node/simgate.prom"
    async with gate(tmp_path, modems(), more='[metrics]\ntextfile = "node/simgate.prom"\n') as rack:
        await rack.on_sale(rack.number(1), rack.number(2))
        seen = read(await appears(file, "simgate_numbers_delivered 2.0"))
        assert seen.value("simgate_numbers_on_sale") == 2
        assert stat.filemode(file.stat().st_mode) == "-rw-r--r--"
    assert list(file.parent.glob("*.prom")) == []


async def test_a_file_that_cannot_be_written_is_told_once_and_sells_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "AGAIN", 0.01)
    caplog.set_level(logging.DEBUG, "agent.metrics.telling")
    async with racked(tmp_path, modems(), more='[metrics]\ntextfile = "node/simgate.prom"\n') as rack, rack.running():
        await rack.on_sale(rack.number(1), rack.number(2))
        async with asyncio.timeout(LIMIT):
            while len(levels(caplog)) < 3:
                await next_look()
        first, *others = levels(caplog)
        assert (first, set(others)) == ("WARNING", {"DEBUG"})
        assert "correct metrics.textfile" in caplog.text
        (tmp_path / "node").mkdir()
        assert "simgate_numbers_on_sale" in await appears(tmp_path / "node/simgate.prom")
