"""A new version takes over, and one that does not become healthy gives way to the old one."""

from .guest import Guest
from .installing import CHECKOUT, INSTALL, install
from .lab import Lab


async def change(guest: Guest, sed: str, file: str) -> None:
    await guest.do(f"cd {CHECKOUT} && sudo -u rack sed -i '{sed}' {file} && ! git -c safe.directory='*' diff --quiet -- {file}")


async def restore(guest: Guest) -> None:
    await guest.do(f"cd {CHECKOUT} && sudo -u rack git checkout -q .")


async def test_an_upgrade_goes_on_selling(lab: Lab) -> None:
    modem = await lab.plug("2")
    await lab.serve([f'usb = "{modem.usb}"'])
    await lab.on_sale(modem)
    old = await lab.guest.do("readlink /opt/simgate/current")
    told = len(lab.endpoint.requests)
    await change(lab.guest, 's/^VERSION = .*/VERSION = "99.0"/', "agent/__init__.py")
    await install(lab.guest, "--upgrade")
    assert await lab.guest.do("readlink /opt/simgate/previous") == old
    assert "99.0" in await lab.guest.do("simgate --version")
    await lab.heard(lambda far: len(far.requests) > told)
    assert all(request.numbers == [modem.number] for request in lab.endpoint.requests)
    await restore(lab.guest)


async def test_a_version_that_cannot_run_is_rolled_back_and_the_old_one_goes_on_selling(lab: Lab) -> None:
    modem = await lab.plug("2")
    await lab.serve([f'usb = "{modem.usb}"'])
    await lab.on_sale(modem)
    old = await lab.guest.do("readlink /opt/simgate/current")
    told = len(lab.endpoint.requests)
    # It checks its configuration and then ends at once.
    await change(lab.guest, "s/^async def supervise.*/&\\n    raise SystemExit(1)/", "agent/cli/running.py")
    said = await lab.guest.tell(f"cd {CHECKOUT} && sudo -u rack sudo ./install.sh --upgrade", INSTALL)
    assert said.code == 1
    assert "the upgrade was undone" in said.text
    assert await lab.guest.do("readlink /opt/simgate/current") == old
    await lab.heard(lambda far: len(far.requests) > told)
    assert all(request.numbers == [modem.number] for request in lab.endpoint.requests)
    await restore(lab.guest)
