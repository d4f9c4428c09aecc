"""A database that can be opened only as the first list falls due, by the whole agent on a virtual clock."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from simulation.life import Lives
from simulation.world import Timing, World

from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh

KILLED_AT, BEGUN_AT, UNLOCKED_AT, UNTIL = 400.0, 405.0, 455.0, 600.0
OPENED = 64.9  # seconds after the start: tried with a reading, half a minute after the last try


class Post(NamedTuple):
    """A list as it leaves: number -> date_start."""

    at: float
    numbers: Mapping[str, int | None]


def posted(startup: float) -> list[Post]:
    world = World.drawn(1, 2, Timing(settle=0.5, startup=startup, poll=8.0, lease=30.0))
    posts: list[Post] = []

    def tell(body: Mapping[str, Any]) -> None:
        posts.append(Post(world.agenda.now, {element["number"]: element.get("date_start") for element in body["numbers"]}))

    try:
        world.pins.clear()
        for turn, place in enumerate(world.places, 1):
            place.modem = SimulatedModem("quectel-ec25", fresh(700 + turn), serial=turn, boot_for=3.0)
            place.modem.on_command = place._asked
            place.modem.power_on(0.0)
            place.line, place.level = False, True
        lives = Lives(world)
        lives.between.append(world.disk.lock)
        world.far.posted = tell
        world.agenda.at(KILLED_AT, lambda: lives.end("kill"))
        world.agenda.at(UNLOCKED_AT, world.disk.unlock)
        lives.run(UNTIL)
    finally:
        world.close()
    return posts


@pytest.mark.parametrize("after", [0.05, 0.1, 0.15, 0.2])
def test_the_first_list_waits_for_the_cards_that_are_read_anew_because_the_database_came(after: float) -> None:
    before, *posts = posted(OPENED + after)
    posts = [post for post in posts if post.at > KILLED_AT]
    assert 0.0 < posts[0].at - BEGUN_AT - OPENED - after < 2.0, "just after it was due"
    assert len(before.numbers) == 2
    assert None not in before.numbers.values()
    assert all(post.numbers == before.numbers for post in posts)


def test_what_was_not_sold_for_want_of_the_database_is_sold_anew_once_it_is_there() -> None:
    posts = [post.numbers for post in posted(40.0) if post.at > KILLED_AT]
    empty = [post for post in posts if not post]
    assert empty, "nobody can know which numbers the owner has corrected"
    assert posts[: len(empty)] == empty
    assert len(posts[-1]) == 2
    assert all(post == posts[-1] for post in posts[len(empty) :])
