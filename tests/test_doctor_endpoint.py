"""The doctor on the way to the endpoint: clock, name, certificate, key; over real TLS, to a real server."""

import asyncio
import gc
import ssl
from pathlib import Path

import pytest
from gate import KEY
from owed import Time
from staging import Machine, bad, results

from agent.doctor.endpoint import clock
from agent.doctor.finding import Result
from hw.simulated.endpoint import Canned, SimulatedEndpoint

CERTIFICATES = Path(__file__).parent / "certificates"
SLOT = 'tty = "/dev/ttyUSB0"'


def server(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{name}.pem")
    return context


async def test_a_good_certificate_a_foreign_one_no_tls_and_nobody_there(tmp_path: Path) -> None:
    machine, secure, plain = Machine(tmp_path), SimulatedEndpoint(KEY), SimulatedEndpoint(KEY)
    await secure.start(tls=server("good"))
    await plain.start()
    trusted = ssl.create_default_context(cafile=CERTIFICATES / "authority.pem")
    try:
        good = await machine.visited(machine.configure(secure.url, SLOT), trusted=trusted)
        foreign = await machine.visited(machine.configure(secure.url, SLOT))
        none = await machine.visited(machine.configure(plain.url.replace("http", "https"), SLOT))
    finally:
        await secure.close()
        await plain.close()
    nobody = await machine.visited(machine.configure(plain.url, SLOT))
    found = results(good.found)
    assert (found["dns"], found["tls"], found["key"]) == (Result.OK, Result.OK, Result.OK)
    assert "unable to get local issuer certificate" in bad(foreign.found)["tls"][0]
    assert "ca-certificates" in bad(foreign.found)["tls"][1]
    assert "speaks no TLS" in bad(none.found)["tls"][0]
    assert f"127.0.0.1:{plain.port}" in bad(nobody.found)["tls"][0]
    assert {results(one.found)["key"] for one in (foreign, none, nobody)} == {Result.UNKNOWN}


async def test_nothing_is_left_open_behind_its_request_by_a_server_that_does_not_hang_up(tmp_path: Path) -> None:
    asked, end = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readline():  # nothing: the look at the certificate
            asked.set()
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"response": 1}')
            await end.wait()
        writer.close()

    far = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server("good"))
    trusted = ssl.create_default_context(cafile=CERTIFICATES / "authority.pem")
    machine = Machine(tmp_path)
    visit = await machine.visited(machine.configure(f"https://127.0.0.1:{far.sockets[0].getsockname()[1]}", SLOT), trusted=trusted)
    assert (asked.is_set(), results(visit.found)["key"]) == (True, Result.OK)
    gc.collect()  # an open connection would be a warning, and a warning is an error
    end.set()
    far.close()
    await far.wait_closed()


@pytest.mark.parametrize(
    ("answer", "result", "evidence", "mend"),
    [
        (
            Canned(403, {"response": "API_ACCESS_IP"}),
            Result.FAILURE,
            "API_ACCESS_IP: this gateway's IP address is not allowed",
            "ask the partner",
        ),
        (Canned(400, {"response": "NUMBER_FORMAT_ERROR"}), Result.OK, "the endpoint accepts the key", ""),
        (Canned(503, {}), Result.WARNING, "the endpoint fails: HTTP 503", "it is tried again by itself"),
        (Canned(400, {"response": "WHATEVER"}), Result.WARNING, "the endpoint says HTTP 400", "ask the partner"),
        (
            Canned(302, {}, headers={"Location": "https://elsewhere.example"}),
            Result.FAILURE,
            "redirected to https://elsewhere",
            "mend [endpoint]",
        ),
    ],
)
async def test_what_the_endpoint_says_to_the_key(answer: Canned, result: Result, evidence: str, mend: str, tmp_path: Path) -> None:
    machine, far = Machine(tmp_path), SimulatedEndpoint(KEY)
    await far.start()
    far.script(answer)
    try:
        visit = await machine.visited(machine.configure(far.url, SLOT))
    finally:
        await far.close()
    (one,) = [one for one in visit.found if one.check == "key"]
    assert (one.result, one.evidence.startswith(evidence), one.mend.startswith(mend)) == (result, True, True), one


@pytest.mark.parametrize(
    ("synchronised", "agreed", "result"), [(True, False, Result.OK), (False, True, Result.NOTE), (False, False, Result.WARNING)]
)
def test_a_clock_that_nobody_keeps_is_less_bad_where_it_agrees_with_the_endpoint(synchronised: bool, agreed: bool, result: Result) -> None:
    assert clock(Time(synchronised=synchronised), agreed=agreed).result is result
