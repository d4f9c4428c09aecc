"""The way to the endpoint when it is closed: what a person is told of it, and never the name of a library's exception."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from linked import KEY
from scraped import free_port

from agent.sync.answers import Passing
from agent.sync.reach import closed, reached, resolved
from agent.sync.request import Endpoint, Secret
from agent.sync.wire import Wire


@asynccontextmanager
async def saying(octets: bytes) -> AsyncIterator[int]:
    """The port of a server that reads a little, says this and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(octets)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def trouble(url: str) -> str:
    """What one POST comes to."""
    wire = Wire(Endpoint(url, Secret(KEY), "rack1"), patience=5.0)
    try:
        found = await wire.post([])
    finally:
        await wire.close()
    assert isinstance(found, Passing), found
    return found.why


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"", "the endpoint hung up instead of an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", "the endpoint's answer breaks off"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "what the endpoint sends is no answer of HTTP: "),
    ],
)
async def test_a_server_that_does_not_answer_as_it_should(octets: bytes, told: str) -> None:
    async with saying(octets) as port:
        assert (await trouble(f"http://127.0.0.1:{port}")).startswith(told)


async def test_a_door_that_is_closed_is_told_alike_by_agent_and_doctor() -> None:
    port = free_port()
    told = f"no server takes connections at 127.0.0.1:{port}"
    assert await trouble(f"http://127.0.0.1:{port}") == told
    assert reached("127.0.0.1", port, None) == Passing(told)


def test_of_several_addresses_the_first_one_s_trouble_is_told() -> None:
    told = "Multiple exceptions: [Errno 111] Connect call failed ('::1', 9, 0, 0), [Errno 111] Connect call failed ('127.0.0.1', 9)"
    assert closed("localhost", 9, OSError(told)) == Passing("no server takes connections at localhost:9")


@pytest.mark.parametrize("kind", [ConnectionResetError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError])
def test_who_hangs_up_in_the_middle_has_hung_up_whatever_the_kernel_and_tls_make_of_it(kind: type[OSError]) -> None:
    assert closed("partner.example", 443, kind(1, "words of a library")) == Passing("the connection was cut by partner.example:443")


async def test_a_door_without_tls() -> None:
    for octets, told in (
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "127.0.0.1:{} speaks no TLS: "),
        (b"", "the connection was cut by 127.0.0.1:{}"),
    ):
        async with saying(octets) as port:
            assert (await trouble(f"https://127.0.0.1:{port}")).startswith(told.format(port))
            doctor = await asyncio.to_thread(reached, "127.0.0.1", port, ssl.create_default_context())
            assert doctor is not None
            assert doctor.why.startswith(told.format(port))


def test_a_door_behind_which_nobody_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.sync.reach.PATIENCE", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert reached("127.0.0.1", port, None) is None
        assert reached("127.0.0.1", port, ssl.create_default_context()) == Passing(f"127.0.0.1:{port} does not answer within 0.1 s")


@pytest.mark.parametrize("host", ["partner..example", f"{'a' * 64}.example"])
async def test_what_cannot_be_a_name_is_trouble_like_another_and_ends_nothing(host: str) -> None:
    assert await trouble(f"http://{host}") == f"{host}: that is no name of a host"
    assert resolved(host, 80) == Passing(f"{host}: that is no name of a host")
