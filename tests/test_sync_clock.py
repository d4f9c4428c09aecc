"""Which clock the uplink believes, and how certificates that a wrong clock cannot judge are told; over real TLS.

This machine's clock checks the certificates, which are valid in 2000 only ("expired"), in 2090 only ("early"), or from 2000 to 2099.
"""

import ssl
from pathlib import Path

import pytest
from linked import Link, linked, on_sale
from owed import NOON, Time

from agent.sync.agreement import Agreement
from agent.sync.answers import Passing, by_the_clock, judge
from hw.simulated.endpoint import Canned

CERTIFICATES = Path(__file__).parent / "certificates"


def server(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{name}.pem")
    return context


def authority() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=CERTIFICATES / "authority.pem")


# Certificates ----------------------------------------------------------------------------------------------------------


async def test_a_certificate_that_is_good_gets_the_list(tmp_path: Path) -> None:
    async with linked(tmp_path, served=server("good"), trusted=authority()) as link:
        await link.sell(1)
        assert await link.time.asked() == 300.0
        assert set(link.endpoint.on_sale) == on_sale(1)


async def test_a_certificate_that_nobody_vouches_for_is_no_matter_of_the_clock(tmp_path: Path) -> None:
    async with linked(tmp_path, time=Time(synchronised=False), served=server("good")) as link:
        await link.sell(1)
        assert await link.time.asked() <= 1.0
        assert link.error().startswith("the certificate of 127.0.0.1:")
        assert "is not trusted: " in link.error()
        assert "clock" not in link.error()
        assert link.posted == []


@pytest.mark.parametrize(("name", "told"), [("early", "not yet valid"), ("expired", "expired")])
async def test_while_the_clock_is_not_set_the_dates_of_a_certificate_are_put_down_to_it(tmp_path: Path, name: str, told: str) -> None:
    async with linked(tmp_path, time=Time(synchronised=False), served=server(name), trusted=authority()) as link:
        await link.sell(1)
        assert await link.time.asked() <= 1.0
        assert f"certificate is {told} on Mon, 24 Nov 2025 12:00:00 GMT" in link.error()
        assert "clock is not set: mend that first (NTP" in link.error()
        assert (link.state(), link.posted) == ("retrying", [])


@pytest.mark.parametrize(("name", "told"), [("early", "not yet valid"), ("expired", "expired")])
async def test_while_the_clock_is_right_the_partner_has_to_mend_its_certificate(tmp_path: Path, name: str, told: str) -> None:
    async with linked(tmp_path, served=server(name), trusted=authority()) as link:
        await link.sell(1)
        await link.time.asked()
        assert link.error() == f"the endpoint's TLS certificate is {told}: ask the partner to mend it"


def test_other_trouble_is_not_put_down_to_any_clock() -> None:
    assert by_the_clock(Passing("no answer"), 0.0, False) == Passing("no answer")


# What an agreement is worth --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("moved", "holds"), [(0.0, True), (1.9, True), (-1.9, True), (2.1, False), (-2.1, False), (-1e9, False)])
def test_an_agreement_holds_until_the_wall_clock_is_set(moved: float, holds: bool) -> None:
    one = Agreement()
    one.heard(NOON + 120.0, NOON, 50.0)
    year = 3.15e7
    assert one.holds(NOON + year + moved, 50.0 + year) is holds


def test_an_endpoint_that_does_not_agree_ends_the_agreement() -> None:
    one = Agreement()
    assert not one.holds(NOON, 0.0)
    one.heard(NOON, NOON, 0.0)
    one.heard(NOON + 121.0, NOON, 0.0)
    assert not one.holds(NOON, 0.0)


def dated(link: Link) -> list[bool]:
    return ["date_start" in str(request.body) for request in link.posted]


async def test_a_clock_that_was_set_after_the_endpoint_agreed_is_not_right_until_it_agrees_again(tmp_path: Path) -> None:
    async with linked(tmp_path, time=Time(synchronised=False)) as link:
        await link.sell(1)
        await link.time.asked()
        sure = [link.uplink.clock_ok]
        link.time.wall_now += 86400.0
        sure.append(link.uplink.clock_ok)
        link.time.over()
        await link.time.asked()
        # The endpoint is a day behind.
        sure.append(link.uplink.clock_ok)
        link.endpoint.date = link.time.wall_now
        for _ in range(2):
            link.time.over()
            await link.time.asked()
            sure.append(link.uplink.clock_ok)
        assert sure == [True, False, False, True, True]
    assert dated(link) == [False, False, False, True]


async def test_an_agreement_outlives_an_endpoint_that_does_not_tell_the_time(tmp_path: Path) -> None:
    async with linked(tmp_path, time=Time(synchronised=False)) as link:
        await link.sell(1)
        await link.time.asked()
        await link.endpoint.close()
        for _ in range(3):
            link.time.now += 300.0
            link.time.wall_now += 300.0
            link.time.over()
            await link.time.asked()
        assert link.uplink.clock_ok


# Rest, by a clock that may be wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["Thu, 01 Jan 1970 00:00:00 GMT", "Mon, 24 Nov 2025 12:00:07 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_date_to_rest_until_is_a_minute_when_nobody_knows_what_time_it_is(when: str) -> None:
    assert judge(503, {"Retry-After": when}, b"", None) == Passing("HTTP 503", 60.0)
    with_date = {"Retry-After": when, "Date": "Mon, 24 Nov 2025 12:00:00 GMT"}
    assert judge(503, with_date, b"", None) == judge(503, {"Retry-After": when}, b"", NOON), "the endpoint itself does"


async def test_no_rest_is_counted_by_a_clock_that_is_not_set(tmp_path: Path) -> None:
    time = Time(synchronised=False)
    async with linked(tmp_path, time=time) as link:
        # aiohttp's server adds a Date of its own where there is none.
        link.endpoint.script(Canned(garble=b"HTTP/1.1 503 Down\r\nRetry-After: Mon, 24 Nov 2025 12:05:00 GMT\r\nContent-Length: 0\r\n\r\n"))
        time.wall_now = 3600.0
        await link.sell(1)
        assert await time.asked() == 60.0
