"""Metrics without a gateway: the text, the file, the clockwork, the keys, and what happens to modems."""

import asyncio
import inspect
import os
import stat
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest
from far import Far, opened
from owed import Time
from scraped import needs_promtool, promtool, read
from simulation.loop import Agenda, VirtualLoop
from wedges import scene

from agent.at.codes import Kind
from agent.at.dialog import Command
from agent.metrics.facts import Facts, Queue, Requests, SlotFacts
from agent.metrics.families import text
from agent.metrics.textfile import TextFile
from agent.modems.modem import Modem
from agent.modems.recovery import Rung
from agent.modems.tally import Tally
from agent.settings.file import check, load_local
from agent.settings.values import MetricsSettings
from agent.sync.answers import Passing
from agent.sync.timed import Timed
from agent.sync.wire import Reply

SLOT = SlotFacts("rack1-01", "ready", True, False, 3, {"reopen": 0, "modem_reset": 2})
FACTS = Facts(
    version="0.1",
    gateway="rack1",
    since=1763876000.0,
    clock_ok=True,
    held=False,
    warned=False,
    strays=1,
    endpoint="ok",
    endpoint_states=("idle", "ok"),
    delivered=1,
    accepted=4,
    accepted_at=1763876300.5,
    requests=Requests((0.1, 1.0), (3, 1, 1), 7.5, 0.25, 2),
    queue=Queue(2, 1763876200.0),
    slot_states=("ready", "empty"),
    matters={"twice": 0},
    slots=(SLOT, replace(SLOT, name="rack1-02", state="empty", on_sale=False, quarantined=True)),
)
LEAST = '[gateway]\nid = "r"\n[endpoint]\nurl = "https://h"\n[[slot]]\nname = "a"\nusb = "1-1"\n'


# -- the text --


def test_every_fact_is_told() -> None:
    seen = read(text(FACTS).decode())
    told = {name: value for (name, labels), value in seen.samples.items() if not labels}
    assert told == {
        "simgate_start_time_seconds": 1763876000,
        "simgate_clock_ok": 1,
        "simgate_first_list_held": 0,
        "simgate_many_modems_gone": 0,
        "simgate_unclaimed_modems": 1,
        "simgate_store_ok": 1,
        "simgate_queue_changes": 2,
        "simgate_queue_oldest_timestamp_seconds": 1763876200,
        "simgate_numbers_on_sale": 1,
        "simgate_numbers_delivered": 1,
        "simgate_lists_accepted_total": 4,
        "simgate_list_accepted_timestamp_seconds": 1763876300.5,
        "simgate_endpoint_request_duration_seconds_sum": 7.5,
        "simgate_endpoint_request_duration_seconds_count": 5,
        "simgate_endpoint_last_request_duration_seconds": 0.25,
        "simgate_endpoint_requests_unanswered_total": 2,
    }
    assert [seen.value("simgate_endpoint_request_duration_seconds_bucket", le=le) for le in ("0.1", "1.0", "+Inf")] == [3, 4, 5]
    assert [seen.value("simgate_slot_state", slot=slot, state="ready") for slot in ("rack1-01", "rack1-02")] == [1, 0]
    assert [seen.value("simgate_modem_quarantined", slot=slot) for slot in ("rack1-01", "rack1-02")] == [0, 1]
    assert [seen.value("simgate_modem_resets_total", slot="rack1-01", rung=rung) for rung in ("reopen", "modem_reset")] == [0, 2]
    assert seen.value("simgate_at_timeouts_total", slot="rack1-01") == 3
    assert seen.value("simgate_build_info", version="0.1", gateway="rack1") == 1


def test_what_is_not_known_is_left_out() -> None:
    least = replace(FACTS, accepted_at=None, queue=None, requests=Requests((), (0,), 0.0, None, 0))
    seen, whole = read(text(least).decode()), read(text(FACTS).decode())
    assert whole.names - {name for name, _ in seen.samples} == {
        "simgate_queue_changes",
        "simgate_queue_oldest_timestamp_seconds",
        "simgate_list_accepted_timestamp_seconds",
        "simgate_endpoint_last_request_duration_seconds",
        "simgate_endpoint_request_duration_seconds",
    }
    assert seen.value("simgate_store_ok") == 0


@needs_promtool
@pytest.mark.parametrize("name", ['a "slot"', "back\\slash", "two\nlines", "Ünïcode", "{}=,"])
def test_a_slot_may_be_called_anything(name: str) -> None:
    body = text(replace(FACTS, slots=(replace(SLOT, name=name),))).decode()
    promtool("check", "metrics", given=body)
    assert body.count("simgate_slot_on_sale{") == 1


def test_facts_have_no_room_for_an_identity() -> None:
    known = {field.name for kind in (Facts, SlotFacts, Queue, Requests) for field in fields(kind)}
    assert known.isdisjoint({"number", "iccid", "imsi", "imei", "msisdn", "key", "pin", "operator", "card", "sim"})


# -- the file --


def minutes(path: Path, said: list[bytes], until: float, taken_at: float | None = None, span: float = 60.0) -> list[tuple[float, int]]:
    """What TextFile has written on a virtual clock, where each of `said` holds for `span` seconds: (moment, size) of every write."""
    agenda, written = Agenda(), list[tuple[float, int]]()
    if taken_at is not None:
        agenda.at(taken_at, path.unlink)

    def disk(call: Callable[[], object]) -> tuple[Callable[[], object], float]:
        found = call()
        return lambda: found, 0.0

    loop = VirtualLoop(agenda, 0.0, disk)

    async def told() -> bytes:
        return said[min(int(loop.time() // span), len(said) - 1)]

    async def live() -> None:
        file = asyncio.create_task(TextFile(path, told).run(lambda: written.append((round(loop.time()), path.stat().st_size))))
        await asyncio.sleep(until)
        file.cancel()
        await asyncio.wait([file])

    loop.run_until_complete(live())
    loop.close()
    return written


def test_the_file_is_written_when_something_changes_and_once_a_minute_at_most(tmp_path: Path) -> None:
    assert minutes(tmp_path / "simgate.prom", [b"a", b"a", b"bb", b"a", b"a"], 600.5) == [(0, 1), (120, 2), (180, 1)]
    restless = [b"a" * turn for turn in range(1, 20)]
    assert [moment for moment, _ in minutes(tmp_path / "simgate.prom", restless, 170.0, span=10.0)] == [0, 60, 120]


def test_a_file_that_somebody_takes_away_is_written_again_and_nothing_else_is_left(tmp_path: Path) -> None:
    assert minutes(tmp_path / "simgate.prom", [b"a"], 190.0, taken_at=70.0) == [(0, 1), (120, 1)]
    assert list(tmp_path.iterdir()) == []


async def test_whoever_reads_the_file_never_sees_half_of_it(tmp_path: Path) -> None:
    path, fresh = tmp_path / "simgate.prom", asyncio.Event()
    path.write_text("of before")
    mask = os.umask(0o077)  # as in the unit
    with path.open() as reader:
        file = asyncio.create_task(TextFile(path, lambda: asyncio.sleep(0, b"new")).run(fresh.set))
        await asyncio.wait_for(fresh.wait(), 10)
        os.umask(mask)
        assert (reader.read(), path.read_text()) == ("of before", "new")
        assert stat.filemode(path.stat().st_mode) == "-rw-r--r--"
        file.cancel()
        await asyncio.wait([file])


async def test_a_folder_that_is_gone_at_the_end_does_not_hold_it_up(tmp_path: Path) -> None:
    written = asyncio.Event()
    (tmp_path / "node").mkdir()
    file = asyncio.create_task(TextFile(tmp_path / "node/simgate.prom", lambda: asyncio.sleep(0, b"new")).run(written.set))
    await asyncio.wait_for(written.wait(), 10)
    (tmp_path / "node").rename(tmp_path / "away")
    (tmp_path / "node").touch()
    file.cancel()
    await asyncio.wait([file])
    assert file.cancelled()


# -- what is counted --


async def test_requests_are_timed_by_the_clock_that_is_given() -> None:
    time = Time()

    class Slow:
        took = 0.0

        async def post(self, _body: object) -> Reply | Passing:
            time.now += self.took
            return Passing("nothing") if self.took > 3 else Reply(200, {}, b"")

        async def close(self) -> None: ...

    slow = Slow()
    timed = Timed(slow, time)
    assert (timed.last, timed.total, timed.unanswered, sum(timed.counts)) == (None, 0.0, 0, 0)
    for took in (0.0625, 0.125, 0.25, 2.0, 29.0, 64.0):
        slow.took = took
        await timed.post({})
    assert (timed.last, timed.total, timed.unanswered) == (64.0, 95.4375, 2)
    assert timed.counts == [1, 2, 0, 1, 0, 1, 1]  # up to 0.1, 0.3, 1, 3, 10, 30 s, and longer


async def test_a_command_that_is_not_answered_in_time_is_counted_and_an_answer_is_not() -> None:
    far, tally = Far(), Tally()
    async with Modem(await opened(far), urcs=(), heard=lambda _: None, tally=tally) as modem:
        asked = asyncio.create_task(modem.ask(Command("AT+CSQ", timeout=10.0)))
        await far.hear(7)
        far.say(b"\r\n+CSQ: 1,99\r\n\r\nOK\r\n")
        assert (await asked).ok
        assert tally.timeouts == 0
        assert (await modem.ask(Command("AT+CSQ", timeout=0.01))).final.kind is Kind.TIMEOUT
        assert tally.timeouts == 1
    far.hang_up()


def test_a_restart_is_counted_by_its_rung_and_so_are_the_commands_before_it() -> None:
    with scene() as on:
        found: dict[str, Tally] = {}
        on.at(200.0, lambda: on.place.wedged("restart"))
        on.at(1000.0, lambda: found.update(tally=on.gateway.keepers[on.place.name].mender.tally))
        on.run(1001.0)
        told = [sum(words in said for _, said in on.said) for words in ("opens its port anew", "restarts the modem")]
        assert [found["tally"].done[rung] for rung in (Rung.REOPEN, Rung.MODEM_RESET)] == told
        assert found["tally"].done[Rung.MODEM_RESET] >= 1
        assert found["tally"].timeouts >= 1


# -- the keys --


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ("9477", ("127.0.0.1", 9477)),
        ('"127.0.0.1:9477"', ("127.0.0.1", 9477)),
        ('"localhost:1"', ("127.0.0.1", 1)),
        ('"[::1]:65535"', ("::1", 65535)),
    ],
)
def test_a_port_of_this_machine_alone(written: str, where: tuple[str, int], tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(f"{LEAST}[metrics]\nlisten = {written}\n")
    assert load_local(tmp_path / "a.toml").metrics == MetricsSettings(where)


@pytest.mark.parametrize(
    "address", ["0.0.0.0:9477", "[::]:9477", ":9477", "192.168.1.5:9477", "rack1.example:9477", "127.0.0.2:9477", "9477"]
)
def test_a_port_that_others_could_reach_is_refused(address: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(f'{LEAST}[metrics]\nlisten = "{address}"\n')
    (wrong,) = check(tmp_path / "a.toml")
    assert f"metrics.listen = '{address}': could be reached from outside; write a port alone, like 9477" in wrong


@pytest.mark.parametrize(
    "written", ["0", "65536", "true", "1.5", '"127.0.0.1:"', '"127.0.0.1:x"', '"127.0.0.1:٣"', f'"[::1]:{"9" * 5000}"']
)
def test_what_is_no_port_is_refused(written: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(f"{LEAST}[metrics]\nlisten = {written}\n")
    (wrong,) = check(tmp_path / "a.toml")
    assert ": metrics.listen" in wrong


def test_a_textfile_is_meant_from_the_configuration_s_folder_and_ends_in_prom(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    for name in ("simgate.prom", "/run/node/simgate.prom"):
        file.write_text(f'{LEAST}[metrics]\ntextfile = "{name}"\n')
        assert load_local(file).metrics == MetricsSettings(None, tmp_path / name)
    for name in ("simgate.txt", ".prom", "/run/.prom", "/run/", ""):
        file.write_text(f'{LEAST}[metrics]\ntextfile = "{name}"\n')
        (wrong,) = check(file)
        assert "metrics.textfile" in wrong
    file.write_text(LEAST)
    assert load_local(file).metrics == MetricsSettings(None, None)


def test_the_loop_of_the_agent_is_all_that_metrics_wait_by() -> None:
    from agent.metrics import port, reading, telling, textfile  # noqa: PLC0415

    assert not any("time." in inspect.getsource(module).replace("loop.time", "") for module in (port, reading, telling, textfile))
