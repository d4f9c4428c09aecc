"""A new version takes over, and one that does not become healthy gives way to the old one."""

from .guest import Guest
from .installing import CHECKOUT, INSTALL, install
from .lab import Lab

VERSION = 's/^VERSION = .*/VERSION = "99.0"/'
# It checks its configuration and then ends at once.
ENDS = "s/^async def supervise.*/&\\n    raise SystemExit(1)/"


async def change(guest: Guest, sed: str, file: str) -> None:
    await guest.do(f'before=$(sha256sum {file}); sed -i \'{sed}\' {file}; [ "$before" != "$(sha256sum {file})" ]')


async def upgrade(guest: Guest) -> None:
    """To a version that differs from the checkout's in its number."""
    await change(guest, VERSION, f"{CHECKOUT}/agent/__init__.py")
    await install(guest, "--upgrade")
    await guest.do(f"cd {CHECKOUT} && sudo -u rack git checkout -q .")


async def test_an_upgrade_goes_on_selling(lab: Lab) -> None:
    modem = await lab.plug("2")
    await lab.serve([f'usb = "{modem.usb}"'])
    await lab.on_sale(modem)
    old = await lab.guest.do("readlink /opt/simgate/current")
    told = len(lab.endpoint.requests)
    await upgrade(lab.guest)
    assert await lab.guest.do("readlink /opt/simgate/previous") == old
    assert "99.0" in await lab.guest.do("simgate --version")
    await lab.heard(lambda far: len(far.requests) > told)
    assert all(request.numbers == [modem.number] for request in lab.endpoint.requests)


async def test_a_version_that_cannot_run_is_rolled_back_and_the_old_one_goes_on_selling(lab: Lab) -> None:
    if (await lab.guest.tell("test -e /opt/simgate/previous")).code:
        await upgrade(lab.guest)
    modem = await lab.plug("2")
    await lab.serve([f'usb = "{modem.usb}"'])
    await lab.on_sale(modem)
    old = await lab.guest.do("readlink /opt/simgate/current")
    new = await lab.guest.do("readlink /opt/simgate/previous")
    told = len(lab.endpoint.requests)
    # The checkout's version, which is there already: it need not be built again to be broken.
    await change(lab.guest, ENDS, f"{new}/lib/python3*/site-packages/agent/cli/running.py")
    said = await lab.guest.tell(f"cd {CHECKOUT} && sudo -u rack sudo ./install.sh --upgrade", INSTALL)
    assert said.code == 1
    assert f"put {new} in force" in said.text
    assert "the upgrade was undone" in said.text
    assert await lab.guest.do("readlink /opt/simgate/current") == old
    await lab.guest.do(f"! test -e {new}")
    await lab.heard(lambda far: len(far.requests) > told)
    assert all(request.numbers == [modem.number] for request in lab.endpoint.requests)
