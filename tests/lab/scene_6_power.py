"""The power is cut in the middle of a change, again and again."""

import random

from .guest import pause
from .lab import Lab

ROUNDS = 2


async def test_after_power_cuts_in_the_middle_of_changes_the_list_is_the_truth(lab: Lab) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    rng = random.Random(seed)
    stays, moves = await lab.plug("2"), await lab.plug("3")
    slots = [f'usb = "{stays.usb}"', f'usb = "{moves.usb}"\npresence = "GPIO17"']
    await lab.guest.do("lab-line in 17")
    await lab.serve(slots, timing="lease = 60\npoll = 4")
    await lab.on_sale(stays, moves)
    await lab.guest.do("systemctl enable simgate; sync")
    for turn in range(ROUNDS):
        # The number that goes must be off the list, or that comes on it, although nobody but the line will tell.
        out = turn % 2 == 0
        await lab.guest.do(f"lab-line {'out' if out else 'in'} 17; sync /etc/lab-lines")
        await pause(rng.uniform(0.3, 1.5))
        await lab.guest.cut()
        lab.endpoint.requests.clear()
        for plug in (stays, moves):
            await plug.lost()
        await lab.guest.start()
        for plug in (stays, moves):
            await plug.plug()
        await lab.heard(lambda far: far.requests)
        await lab.on_sale(*([stays] if out else [stays, moves]))
        assert all(stays.number in request.numbers for request in lab.endpoint.requests)
        await lab.guest.do("! ls /var/lib/simgate/*broken*")
    # A running agent has the file for itself.
    await lab.guest.do("systemctl stop simgate")
    await lab.guest.do(
        """python3 -c 'import sqlite3
assert sqlite3.connect("/var/lib/simgate/simgate.db").execute("PRAGMA integrity_check").fetchall() == [("ok",)]'"""
    )
