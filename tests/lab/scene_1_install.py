"""A fresh Debian 13: from a clone to a number on sale."""

import re

from .installing import clone, edit, install
from .lab import CONFIG, Lab


async def test_one_command_and_one_edited_file_put_a_number_on_sale(booted: Lab) -> None:
    modem = await booted.plug("2")
    await clone(booted.guest)
    said = await install(booted.guest)
    assert "installed, and not started: something is yours to say first" in said
    assert "unable to resolve host" not in said
    assert f'usb = "{modem.usb}"' in await booted.guest.do(f"cat {CONFIG}")
    await edit(booted)
    await booted.guest.do("systemctl restart simgate")
    await booted.on_sale(modem)
    pid = await booted.show("MainPID")
    assert await booted.guest.do(f"ps -o user= -p {pid}") == "simgate"


async def test_the_service_is_shut_in(lab: Lab) -> None:
    said = await lab.guest.do("systemd-analyze security simgate.service --no-pager")
    print(said)
    found = re.search(r"Overall exposure level for simgate.service: ([0-9.]+)", said)
    assert found is not None
    assert float(found[1]) <= 2.0


async def test_a_second_run_changes_nothing(lab: Lab) -> None:
    await lab.configure(['usb = "1-9"'])
    before = await lab.guest.do("readlink /opt/simgate/current; sha256sum /etc/simgate/* /etc/systemd/system/simgate.service")
    await install(lab.guest)
    assert await lab.guest.do("readlink /opt/simgate/current; sha256sum /etc/simgate/* /etc/systemd/system/simgate.service") == before
