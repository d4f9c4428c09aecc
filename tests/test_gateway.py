"""The whole gateway in this process: what reaches the endpoint when SIMs, modems, lines and networks do what they do."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest
from gate import KEY, Gate, gate, noise, odd_tty, racked
from rack import sim

from hw.simulated.endpoint import Canned
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh
from hw.simulated.state import Quirks


def modems(count: int, family: str = "quectel-ec25", **what: object) -> list[SimulatedModem]:
    return [SimulatedModem(family, fresh(at), delay=0.0, serial=at, **what) for at in range(count)]  # type: ignore[arg-type]


def never_on_sale(gate: Gate, *numbers: str) -> bool:
    return not any(number in request.numbers for request in gate.endpoint.requests for number in numbers)


# -- the first list --


async def test_the_first_list_is_whole_and_there_is_no_other(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(3)) as rack:
        await rack.on_sale(*(rack.number(slot) for slot in (1, 2, 3)))
        assert len(rack.endpoint.requests) == 1


async def test_every_element_is_what_the_contract_says(tmp_path: Path) -> None:
    async with gate(tmp_path, [SimulatedModem("generic", sim(), delay=0.0)]) as rack:
        await rack.on_sale("+447700900123")
        (request,) = rack.endpoint.requests
        assert request.path == "/api/resellers/sendNumbersOnline"
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.headers["user-agent"].startswith("simgate/")
        (element,) = (request.body or {})["numbers"]
        element.pop("date_start", None)
        assert element == {"number": "+447700900123", "country_id": 44, "operator": 23415, "port_id": "rack1-01", "rent": 0}
        assert "test" not in (request.body or {})


async def test_an_empty_rack_sends_an_empty_list(tmp_path: Path) -> None:
    async with gate(tmp_path, [SimulatedModem("generic", None, delay=0.0)]) as rack:
        await rack.endpoint.wait_for(lambda endpoint: endpoint.requests)
        assert rack.endpoint.requests[0].body == {"numbers": []}


async def test_a_slot_that_never_speaks_holds_the_first_list_back_only_so_long(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(2), timing={"startup": 0.6}) as rack:
        rack.port(2).hang()
        async with rack.running():
            begun = asyncio.get_running_loop().time()
            await rack.on_sale(rack.number(1))
            (request,) = rack.endpoint.requests
            assert request.at - begun >= 0.5


async def test_before_the_first_list_nothing_is_sent_not_even_an_empty_one(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(2)) as rack:
        rack.port(2).unplug()
        async with rack.running():
            await rack.why(2, "plug")
            await rack.sold_here(1)
            assert not rack.endpoint.requests
            rack.port(2).plug()
            await rack.on_sale(rack.number(1), rack.number(2))
            assert len(rack.endpoint.requests) == 1


# -- SIMs and modems come and go --


@pytest.mark.parametrize("silent", [False, True], ids=["told", "silent"])
async def test_a_pulled_sim_goes_off_alone_and_comes_back(silent: bool, tmp_path: Path) -> None:
    async with gate(tmp_path, modems(3)) as rack:
        numbers = [rack.number(slot) for slot in (1, 2, 3)]
        await rack.on_sale(*numbers)
        rack.port(2).eject(silent=silent)
        await rack.on_sale(numbers[0], numbers[2])
        assert "no SIM" in await rack.why(2, "SIM")
        rack.port(2).insert()
        await rack.on_sale(*numbers)
        assert [len(request.numbers) for request in rack.endpoint.requests] == [3, 2, 3]


async def test_the_line_takes_its_number_off_and_no_other(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(3), lines=True) as rack, rack.running():
        numbers = [rack.number(slot) for slot in (1, 2, 3)]
        for slot in ("rack1-01", "rack1-02", "rack1-03"):
            await rack.asked("fake", move="insert", slot=slot)
        await rack.on_sale(*numbers)
        await rack.asked("fake", move="eject", slot="rack1-01")
        await rack.on_sale(*numbers[1:])
        assert "line" in (await rack.slot(1))["why"]
        assert rack.port(1).modem.sim is not None


async def test_an_unplugged_modem_keeps_its_number_for_the_lease_and_no_longer(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(2), timing={"lease": 2}) as rack:
        numbers = [rack.number(slot) for slot in (1, 2)]
        await rack.on_sale(*numbers)
        gone = asyncio.get_running_loop().time()
        rack.port(1).unplug()
        await rack.on_sale(numbers[1])
        assert rack.endpoint.requests[-1].at - gone >= 1.2
        assert "the modem is gone" in await rack.why(1, "nothing heard")
        rack.port(1).plug()
        await rack.on_sale(*numbers)


@pytest.mark.parametrize("family", ["generic", "quectel-ec25"])
async def test_another_sim_in_the_slot_swaps_the_number_and_never_sells_both(family: str, tmp_path: Path) -> None:
    async with gate(tmp_path, [SimulatedModem(family, sim(1), delay=0.0)]) as rack:
        await rack.on_sale("+447700900123")
        rack.port(1).eject(silent=True)
        rack.port(1).insert(sim(2, "+447700900124"))
        await rack.on_sale("+447700900124")
        assert all(len(request.numbers) <= 1 for request in rack.endpoint.requests)
        assert rack.endpoint.requests[-1].numbers == ["+447700900124"]


async def test_two_sims_that_change_places_are_sold_where_they_are(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(2)) as rack:
        first, second = rack.number(1), rack.number(2)
        await rack.on_sale(first, second)
        left, right = rack.port(1).eject(), rack.port(2).eject()
        rack.port(1).insert(right)
        rack.port(2).insert(left)
        await rack.endpoint.wait_for(
            lambda end: {n: on["port_id"] for n, on in end.on_sale.items()} == {second: "rack1-01", first: "rack1-02"}
        )


async def test_a_hung_modem_keeps_its_number_for_the_lease_and_no_longer(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(2), timing={"lease": 2}) as rack:
        numbers = [rack.number(slot) for slot in (1, 2)]
        await rack.on_sale(*numbers)
        heard = rack.port(1).expect("AT")
        rack.port(1).hang(late=True)
        await heard
        hung = asyncio.get_running_loop().time()
        await rack.on_sale(numbers[1])
        assert rack.endpoint.requests[-1].at - hung >= 1.2
        assert "nothing heard" in await rack.why(1, "heard")
        rack.port(1).resume()
        await rack.on_sale(*numbers)


# -- who may be sold --


async def test_a_denied_registration_goes_off_at_once(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(2), timing={"lease": 3600}) as rack:
        numbers = [rack.number(slot) for slot in (1, 2)]
        await rack.on_sale(*numbers)
        rack.sim(1).registration = 3
        await rack.on_sale(numbers[1])
        assert "refuses" in await rack.why(1, "network")


async def test_a_search_for_the_network_is_forgiven_for_the_lease(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(2), timing={"lease": 2}) as rack:
        numbers = [rack.number(slot) for slot in (1, 2)]
        await rack.on_sale(*numbers)
        heard = rack.port(1).expect("AT+CREG?")
        rack.sim(1).registration = 2
        await heard
        began = asyncio.get_running_loop().time()
        await rack.on_sale(numbers[1])
        assert rack.endpoint.requests[-1].at - began >= 1.2
        assert "searching" in await rack.why(1, "network")


@pytest.mark.parametrize("stat", [0, 2, 3, 4, 8, 11])
async def test_a_sim_that_no_network_serves_is_never_listed(stat: int, tmp_path: Path) -> None:
    off = SimulatedModem("generic", sim(registration=stat), delay=0.0)
    async with gate(tmp_path, [off, *modems(1)]) as rack:
        await rack.on_sale(rack.number(2))
        assert never_on_sale(rack, "+447700900123")
        assert (await rack.slot(1))["why"]


async def test_roaming_is_service(tmp_path: Path) -> None:
    async with gate(tmp_path, [SimulatedModem("generic", sim(registration=5), delay=0.0)]) as rack:
        await rack.on_sale("+447700900123")


async def test_a_sim_without_a_number_is_not_sold_and_the_mend_is_named(tmp_path: Path) -> None:
    async with gate(tmp_path, [SimulatedModem("quectel-ec25", sim(number=None), delay=0.0)]) as rack:
        assert "[[card]]" in await rack.why(1, "[[card]]")
        await rack.on_sale()


async def test_the_owners_number_wins_over_the_cards(tmp_path: Path) -> None:
    card = '\n[[card]]\niccid = "8944200053671052491"\nnumber = "+447700900999"\n'
    async with gate(tmp_path, [SimulatedModem("quectel-ec25", sim(), delay=0.0)], more=card) as rack:
        await rack.on_sale("+447700900999")
        assert (await rack.slot(1))["number_from"] == "config"
        assert never_on_sale(rack, "+447700900123")


async def test_of_two_slots_that_claim_one_number_one_sells_and_the_other_names_it(tmp_path: Path) -> None:
    twice = [SimulatedModem("quectel-ec25", sim(last), delay=0.0) for last in (1, 2)]
    async with gate(tmp_path, twice) as rack:
        await rack.on_sale("+447700900123")
        assert rack.endpoint.on_sale["+447700900123"]["port_id"] == "rack1-01"
        assert "rack1-01" in await rack.why(2, "already sells")


# -- what is no modem --


async def test_what_is_no_modem_says_why_and_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.modems.modem.CALLS", (("AT", 0.2),))
    with ExitStack() as ttys:
        for name, answer in (("echo", bytes), ("noise", noise), ("silence", lambda _: b"")):
            ttys.enter_context(odd_tty(tmp_path / name, answer))
        (tmp_path / "file").touch()
        more = "".join(f'\n[[slot]]\nname = "{name}"\ntty = "{tmp_path / name}"\n' for name in ("echo", "noise", "silence", "file", "none"))
        errors = SimulatedModem("generic", sim(1), delay=0.0, quirks=Quirks(errors=True))
        async with gate(tmp_path, [errors, *modems(2)], more=more, timing={"startup": 0.3}) as rack:
            await rack.on_sale(rack.number(2), rack.number(3))
            assert "ERROR" in await rack.why(1, "ERROR")
            for slot in (4, 5, 6):
                await rack.why(slot, "does not answer")
            await rack.why(7, "is no tty")
            await rack.why(8, "its tty is not there")


async def test_a_poisonous_number_is_set_aside_and_the_rest_stays_on_sale(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(4)) as rack:
        numbers = [rack.number(slot) for slot in (1, 2, 3, 4)]
        rack.endpoint.poison.add(numbers[2])
        async with rack.running():
            await rack.on_sale(numbers[0], numbers[1], numbers[3])
            assert "NUMBER_FORMAT_ERROR" in await rack.why(3, "endpoint refuses")
        # At another price it is another offer: tried by itself, and then on sale.
        rack.endpoint.poison.clear()
        rack.file.write_text(rack.file.read_text().replace("[endpoint]\n", "[endpoint]\nprice = 3\n"))
        async with rack.running():
            await rack.on_sale(*numbers)
    assert [request.numbers for request in rack.endpoint.requests if request.test][-1] == [numbers[2]]


# -- the endpoint is down --


async def test_after_an_outage_the_endpoint_hears_the_newest_list_and_only_that(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(3)) as rack:
        numbers = [rack.number(slot) for slot in (1, 2, 3)]
        await rack.on_sale(*numbers)
        port, before = rack.endpoint.port, len(rack.endpoint.requests)
        await rack.endpoint.close()
        rack.port(1).eject()
        await rack.why(1, "no SIM")
        rack.port(2).eject()
        await rack.why(2, "no SIM")
        rack.port(1).insert()
        await rack.waits(([], numbers[:1]), ([], numbers[1:2]), (numbers[:1], []))
        assert (await rack.asked("status"))["endpoint"]["state"] == "retrying"
        await rack.endpoint.start(port)
        await rack.on_sale(numbers[0], numbers[2])
        assert [sorted(request.numbers) for request in list(rack.endpoint.requests)[before:]] == [sorted((numbers[0], numbers[2]))]
        await rack.waits()


async def test_status_answers_while_the_endpoint_hangs(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(1)) as rack:
        rack.endpoint.script(Canned(hold=True))
        async with rack.running():
            await rack.endpoint.wait_for(lambda endpoint: endpoint.requests)
            status = await rack.asked("status")
            assert (status["endpoint"]["state"], status["queue"]["pending"]) == ("waiting", 1)


async def test_a_gateway_that_ends_while_the_endpoint_hangs_does_not_wait_for_it(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(1)) as rack:
        rack.endpoint.script(Canned(hold=True), Canned(hold=True))
        async with rack.running():
            await rack.endpoint.wait_for(lambda endpoint: endpoint.requests)
            sync = asyncio.create_task(rack.asked("sync"))
            await rack.asked("status")
            ending = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - ending < 4
        with pytest.raises(ValueError, match="Expecting value"):  # hung up without an answer
            await sync
