"""The service is killed, hangs, or starts with a clock that nobody has set."""

from .lab import Lab
from .plugs import Plug

QUICK = "lease = 60\npoll = 4"


async def sold(lab: Lab) -> Plug:
    modem = await lab.plug("2")
    await lab.serve([f'usb = "{modem.usb}"'], timing=QUICK)
    await lab.on_sale(modem)
    return modem


async def again(lab: Lab, pid: str) -> None:
    """Heard by the endpoint, under another process."""
    told = len(lab.endpoint.requests)
    await lab.heard(lambda far: len(far.requests) > told)
    assert await lab.show("MainPID") not in (pid, "0")


async def test_a_killed_service_starts_again_and_never_takes_its_number_off_the_list(lab: Lab) -> None:
    modem = await sold(lab)
    pid = await lab.show("MainPID")
    await lab.guest.do(f"kill -KILL {pid}")
    await again(lab, pid)
    assert all(request.numbers == [modem.number] for request in lab.endpoint.requests)


async def test_a_service_that_hangs_is_killed_by_the_watchdog_and_starts_again(lab: Lab) -> None:
    modem = await sold(lab)
    pid = await lab.show("MainPID")
    await lab.guest.do(f"kill -STOP {pid}")
    await again(lab, pid)
    assert "watchdog" in (await lab.guest.do("journalctl -u simgate -b --no-pager | grep -i watchdog")).lower()
    assert all(request.numbers == [modem.number] for request in lab.endpoint.requests)


async def test_after_a_boot_in_2001_the_number_is_sold_and_no_date_is_told(lab: Lab) -> None:
    modem = await sold(lab)
    await lab.guest.do("systemctl enable simgate; sync")
    await lab.guest.cut()
    lab.endpoint.requests.clear()
    await modem.lost()
    await lab.guest.start(clock="2001-01-01T00:00:00")
    await modem.plug()
    await lab.heard(lambda far: any(request.numbers == [modem.number] for request in far.requests))
    elements = [element for request in lab.endpoint.requests for element in (request.body or {})["numbers"]]
    assert not any("date_start" in element for element in elements)
    assert (await lab.status())["clock_ok"] is False
