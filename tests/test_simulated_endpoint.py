"""The simulated endpoint keeps its contract towards any client."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from hw.simulated.endpoint import Canned, SimulatedEndpoint

PATH = "/api/resellers/sendNumbersOnline"
HEADERS = {"Authorization": "Bearer k", "Content-Type": "application/json; charset=utf-8", "User-Agent": "test"}
ELEMENT = {"number": "+79407123456", "country_id": 7, "operator": 28967, "port_id": "a", "rent": 0, "date_start": 1763985600}


@pytest_asyncio.fixture
async def endpoint() -> AsyncIterator[SimulatedEndpoint]:
    one = SimulatedEndpoint("k")
    await one.start()
    yield one
    await one.close()


async def ask(one: SimulatedEndpoint, body: object, *, path: str = PATH, method: str = "POST", **headers: str) -> tuple[int, Any]:
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, one.url + path, data=octets, headers=HEADERS | headers) as answer,
    ):
        return answer.status, json.loads(await answer.read())


async def test_the_list_is_replaced_and_ids_tell_what_came_and_went(endpoint: SimulatedEndpoint) -> None:
    _, first = await ask(endpoint, {"numbers": [ELEMENT]})
    assert first["response"] == 1
    ident = first["ids"]["+79407123456"]
    assert isinstance(ident, int)
    assert (await ask(endpoint, {"numbers": [ELEMENT]}))[1] == first
    assert await ask(endpoint, {"numbers": []}) == (200, {"response": 1, "ids": {"+79407123456": None}})
    assert endpoint.on_sale == {}


@pytest.mark.parametrize(
    ("change", "status", "response"),
    [
        ({"path": "/"}, 405, "REQUEST_NOT_FOUND"),
        ({"method": "PUT"}, 405, "REQUEST_NOT_FOUND"),
        ({"Authorization": "Bearer other"}, 401, "ERROR_WRONG_KEY"),
        ({"Authorization": ""}, 401, "ERROR_NO_KEY"),
    ],
)
async def test_key_and_path_are_checked(endpoint: SimulatedEndpoint, change: dict[str, str], status: int, response: str) -> None:
    assert await ask(endpoint, {"numbers": []}, **change) == (status, {"response": response})


@pytest.mark.parametrize("test", ["test1", "test2"])
async def test_a_test_saves_nothing(endpoint: SimulatedEndpoint, test: str) -> None:
    body = {"numbers": [ELEMENT], "test": test}
    assert await ask(endpoint, body) == (200, {"response": 1} if test == "test1" else body)
    assert endpoint.on_sale == {}
    endpoint.poison = {"+79407123456"}
    assert await ask(endpoint, body) == (400, {"response": "NUMBER_FORMAT_ERROR"})


@pytest.mark.parametrize(
    ("change", "response"),
    [
        *(({"number": wrong}, "NUMBER_FORMAT_ERROR") for wrong in ("", "8 (916) 1", "+0123456789", "+1234567890123456", 79407123456, None)),
        *(({"date_start": wrong}, "ERROR_DATE") for wrong in ("2025-11-24", 1.5, 0, -1, None)),
        *(({"country_id": wrong}, "ERROR_PARAMS") for wrong in (0, "RU", None)),
        *(({"port_id": wrong}, "ERROR_PARAMS") for wrong in ("x" * 100, "", 7)),
        *(({"rent": wrong}, "ERROR_PARAMS") for wrong in (2, "yes")),
    ],
)
async def test_every_element_is_checked(endpoint: SimulatedEndpoint, change: dict[str, object], response: str) -> None:
    assert await ask(endpoint, {"numbers": [ELEMENT | change]}) == (400, {"response": response})


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"numbers": 1}', b'{"numbers": [1]}', b"\xff"])
async def test_a_body_that_is_no_list_of_numbers_is_refused(endpoint: SimulatedEndpoint, body: bytes) -> None:
    assert (await ask(endpoint, body))[0] == 400


async def test_two_elements_share_no_port_and_no_number(endpoint: SimulatedEndpoint) -> None:
    other = ELEMENT | {"number": "+447700900001", "country_id": 44}
    assert (await ask(endpoint, {"numbers": [ELEMENT, other]}))[0] == 400
    assert (await ask(endpoint, {"numbers": [ELEMENT, ELEMENT | {"port_id": "b"}]}))[0] == 400
    assert (await ask(endpoint, {"numbers": [ELEMENT, other | {"port_id": "b"}]}))[0] == 200


async def test_an_answer_may_be_held_and_every_request_is_remembered_and_told() -> None:
    lines: list[str] = []
    one = SimulatedEndpoint("k", told=lines.append)
    await one.start()
    one.script(Canned(503, {"response": "later"}, hold=True))
    asking = asyncio.create_task(ask(one, {"numbers": [ELEMENT]}))
    await one.wait_for(lambda endpoint: endpoint.requests)
    assert not asking.done()
    one.release()
    assert await asking == (503, {"response": "later"})
    await ask(one, {"numbers": [ELEMENT]})
    await ask(one, {"numbers": []})
    assert [request.numbers for request in one.requests] == [["+79407123456"], ["+79407123456"], []]
    assert lines == ["1 on sale: +79407123456", "0 on sale: nothing"]
    await one.close()
