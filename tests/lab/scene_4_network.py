"""The network goes away and comes back."""

from .lab import Lab


async def test_what_happens_without_a_network_is_told_when_it_is_back(lab: Lab) -> None:
    first, second = await lab.plug("2"), await lab.plug("3")
    await lab.serve([f'usb = "{first.usb}"', f'usb = "{second.usb}"'], timing="lease = 15\npoll = 4")
    await lab.on_sale(first, second)
    await lab.guest.link(up=False)
    before = len(lab.endpoint.requests)
    gone = second.number
    second.modem.eject(0.0, silent=True)
    await lab.guest.until(f"simgate queue --json | grep -q {gone.lstrip('+')}")
    status = await lab.status()
    assert [one["on_sale"] for one in status["slots"]] == [True, False]
    assert len(lab.endpoint.requests) == before
    await lab.guest.until(
        """simgate status --json | python3 -c 'import json, sys; sys.exit(json.load(sys.stdin)["endpoint"]["state"] == "ok")'"""
    )
    await lab.guest.link(up=True)
    await lab.on_sale(first)
    await lab.guest.until("simgate status --json | grep -q '\"pending\": 0'")
