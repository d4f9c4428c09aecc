"""SIM-presence lines and LEDs: gpio-sim, the kernel's GPIO and lgpio."""

from .guest import pause
from .lab import Lab
from .plugs import Plug

QUICK = "settle = 0.5\nlease = 60\npoll = 4"


def slot(plug: Plug, line: int, led: int) -> str:
    return f'usb = "{plug.usb}"\npresence = "GPIO{line}"\nled = "GPIO{led}"'


async def test_sims_that_are_in_when_the_machine_boots_are_sold(lab: Lab) -> None:
    first, second, third = [await lab.plug(port) for port in "234"]
    await lab.configure([slot(first, 17, 5), slot(second, 27, 6), slot(third, 22, 13)], timing=QUICK)
    await lab.guest.do("lab-line in 17; lab-line in 27; systemctl enable simgate; sync")
    await lab.guest.reboot()
    await lab.on_sale(first, second)
    assert [one["on_sale"] for one in (await lab.status())["slots"]] == [True, True, False]


async def test_a_number_follows_the_edges_of_its_line(lab: Lab) -> None:
    stays, moves = await lab.plug("2"), await lab.plug("3")
    await lab.guest.do("lab-line in 17; lab-line in 27")
    await lab.serve([slot(stays, 17, 5), slot(moves, 27, 6)], timing=QUICK)
    await lab.on_sale(stays, moves)
    for _ in range(3):
        await lab.guest.do("lab-line out 27")
        await lab.on_sale(stays)
        await lab.guest.do("lab-line in 27")
        await lab.on_sale(stays, moves)
    assert all(stays.number in request.numbers for request in lab.endpoint.requests)


async def test_a_line_that_bounces_changes_nothing(lab: Lab) -> None:
    modem = await lab.plug("2")
    await lab.guest.do("lab-line in 17")
    # Longer than a busy machine lets its guest stand still between two bounces.
    await lab.serve([slot(modem, 17, 5)], timing=QUICK.replace("0.5", "3"))
    await lab.on_sale(modem)
    await lab.guest.do("cd /run/lab-header/sim_gpio17; for n in $(seq 20); do echo pull-up >pull; echo pull-down >pull; done")
    await pause(6.0)
    assert all(request.numbers == [modem.number] for request in lab.endpoint.requests)


async def test_an_led_is_dark_when_the_service_has_ended(lab: Lab) -> None:
    modem = await lab.plug("2")
    # A line that nobody drives has the level of its pull in gpio-sim: an LED's own is dark.
    await lab.guest.do("lab-line in 17; lab-line low 5")
    await lab.serve([slot(modem, 17, 5)], timing=QUICK)
    await lab.on_sale(modem)
    await lab.guest.until('[ "$(lab-line level 5)" = 1 ]')
    await lab.guest.do("systemctl stop simgate")
    assert await lab.guest.do("lab-line level 5") == "0"
    assert "argv[]=/opt/simgate/current/bin/simgate led dark " in await lab.show("ExecStopPost")
    assert "code=exited ; status=0" in await lab.show("ExecStopPost")


async def test_an_led_on_an_expander_is_found_by_what_it_is(lab: Lab) -> None:
    modem = await lab.plug("2")
    await lab.guest.do("lab-line low x5")
    await lab.serve([f'usb = "{modem.usb}"\nled = "1-0020:5"'], timing=QUICK)
    await lab.on_sale(modem)
    await lab.guest.until('[ "$(lab-line level x5)" = 1 ]')
