"""Modems that come, go, come back elsewhere, and go together: ftdi_sio, xhci and udev."""

from .lab import Lab
from .plugs import Plug

QUICK = "lease = 15\npoll = 4"
DROP_INS = "/run/systemd/system/simgate.service.d"


def slots(*plugs: Plug | str) -> list[str]:
    return [f'usb = "{plug if isinstance(plug, str) else plug.usb}"' for plug in plugs]


async def test_a_modem_that_is_plugged_in_is_sold(lab: Lab) -> None:
    await lab.serve(slots("1-4"), timing=QUICK + "\nstartup = 2")
    await lab.on_sale()
    late = await lab.plug("4")
    await lab.on_sale(late)


async def test_a_modem_pulled_out_while_its_port_is_open_is_off_sale_after_its_lease_and_comes_back(lab: Lab) -> None:
    stays, goes = await lab.plug("2"), await lab.plug("3")
    await lab.serve(slots(stays, goes), timing=QUICK)
    await lab.on_sale(stays, goes)
    await goes.unplug()
    await lab.on_sale(stays)
    await goes.plug()
    await lab.on_sale(stays, goes)
    assert await lab.show("NRestarts") == "0"


async def test_modems_that_come_back_under_each_others_names_keep_their_slots(lab: Lab) -> None:
    first = await lab.plug("2")
    # The kernel numbers them as it finds them, not as they were plugged in.
    await lab.guest.until("ls /dev/ttyUSB*")
    second = await lab.plug("3")
    await lab.serve(slots(first, second), timing=QUICK)
    await lab.on_sale(first, second)
    before = [one["tty"] for one in (await lab.status())["slots"]]
    await first.unplug()
    await second.unplug()
    await lab.on_sale()
    await lab.guest.until("! ls /dev/ttyUSB*")
    await second.plug()
    await lab.guest.until("ls /dev/ttyUSB*")
    await first.plug()
    await lab.on_sale(first, second)
    assert [one["tty"] for one in (await lab.status())["slots"]] == before[::-1]
    sold = {element["port_id"]: number for number, element in lab.endpoint.on_sale.items()}
    assert sold == {"rack1-01": first.number, "rack1-02": second.number}


async def test_a_hub_that_drops_all_its_modems_is_said_to_be_one_and_all_come_back(lab: Lab) -> None:
    hub = await lab.hub("1")
    modems = [await lab.plug(f"1.{port}") for port in range(1, 6)]
    await lab.serve(slots(*modems), timing=QUICK)
    await lab.on_sale(*modems)
    for modem in modems:
        await modem.remove()
    await hub.remove()
    await lab.guest.until('simgate status --json | grep -q \'"warning": "\'')
    await lab.on_sale()
    await hub.plug()
    for modem in modems:
        await modem.plug()
    await lab.on_sale(*modems)
    await lab.guest.until("simgate status --json | grep -q '\"warning\": null'")


async def test_the_service_may_take_a_modem_off_the_usb_and_give_it_back(lab: Lab) -> None:
    modem = await lab.plug("2")
    await lab.serve(slots(modem), timing=QUICK)
    await lab.on_sale(modem)
    pid = await lab.show("MainPID")
    # As the service's user, with what it sees of the file system and none of root's powers.
    inside = f"nsenter -t {pid} -m setpriv --reuid simgate --regid simgate --init-groups --bounding-set -all sh -c"
    switch = f"/sys/bus/usb/devices/{modem.usb}/authorized"
    await lab.guest.do(f"{inside} 'echo 0 >{switch}'; udevadm settle; ! ls /dev/ttyUSB*")
    await lab.on_sale()
    await lab.guest.do(f"{inside} 'echo 1 >{switch}'")
    await lab.on_sale(modem)
    await lab.guest.do(f"! {inside} 'echo 0 >/sys/bus/usb/devices/usb1/authorized' 2>/dev/null")
    assert await lab.guest.do("ls /dev/simgate") == f"{modem.usb}:1.0"


async def test_of_all_sys_the_service_sees_devices_alone_as_writable(lab: Lab) -> None:
    modem = await lab.plug("2")
    await lab.serve(slots(modem), timing=QUICK)
    await lab.on_sale(modem)
    switch = f"echo 1 >/sys/bus/usb/devices/{modem.usb}/authorized"
    tunable = "echo 2 >/sys/module/usbcore/parameters/autosuspend"
    # With all of root's powers: what is read-only for them is so for everybody.
    await lab.guest.do(await within(lab, switch))
    assert "Read-only file system" in await lab.guest.do(f"! {await within(lab, tunable)}")
    await lab.guest.do(tunable)
    # It is the unit's ReadWritePaths= that does it.
    await lab.guest.write(f"{DROP_INS}/lines.conf", "[Service]\nReadWritePaths=\n")
    try:
        await lab.guest.do("systemctl daemon-reload; systemctl restart simgate")
        assert "Read-only file system" in await lab.guest.do(f"! {await within(lab, switch)}")
    finally:
        await lab.guest.do(f"rm -r {DROP_INS}; systemctl daemon-reload")


async def within(lab: Lab, script: str) -> str:
    """The same script in the file system that the service sees."""
    return f"nsenter -t {await lab.show('MainPID')} -m sh -c '{script}'"
