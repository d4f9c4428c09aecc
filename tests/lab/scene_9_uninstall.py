"""What was installed goes away again."""

from .installing import install, things
from .lab import Lab


async def test_uninstalling_keeps_what_is_the_owners(lab: Lab) -> None:
    await lab.serve(['usb = "1-9"'], timing="startup = 2")
    await install(lab.guest, "--uninstall")
    assert await lab.guest.do("ls /etc/simgate") == "api.key\nsimgate.toml"
    await lab.guest.do("! systemctl cat simgate 2>/dev/null; ! test -e /opt/simgate; ! command -v simgate")


async def test_a_purge_after_that_leaves_nothing(lab: Lab) -> None:
    await install(lab.guest, "--purge")
    # The drop-in is the lab's own; a purge takes it, for it is of that unit.
    left = {one for one in lab.before ^ await things(lab.guest) if "simgate.service.d" not in one}
    assert left == set()
