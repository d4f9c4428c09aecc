"""A modem of four ports on one USB device, driven by `option`: only its AT port is opened."""

from hw.simulated.sim import fresh

from .lab import Lab

SERIAL = 900
AT_PORT = 2  # agent/modems/at_ports.toml knows 05c6:9000 so


async def test_the_at_port_of_four_is_found_and_no_other_is_opened(lab: Lab) -> None:
    await lab.guest.do("lab-gadget on; udevadm settle")
    try:
        await lab.guest.until("[ $(ls /dev/ttyUSB* | wc -l) = 4 ]")
        usb = await lab.guest.do("basename $(dirname $(dirname $(readlink -f /sys/class/tty/ttyUSB0/device)))")
        await lab.guest.do(f"systemd-run --quiet --unit lab-modem lab-modem /dev/ttyGS{AT_PORT} {SERIAL}")
        await lab.serve([f'usb = "{usb}"'])
        await lab.on_sale(str(fresh(SERIAL).number))
        pid = await lab.show("MainPID")
        opened = await lab.guest.do(f"ls -l /proc/{pid}/fd | grep -o 'ttyUSB[0-9]*' | sort -u")
        assert opened == (await lab.status())["slots"][0]["tty"].removeprefix("/dev/")
        assert await lab.guest.do(f"cat /sys/class/tty/{opened}/device/../bInterfaceNumber") == f"{AT_PORT:02}"
    finally:
        await lab.guest.tell("systemctl stop lab-modem simgate; lab-gadget off")
