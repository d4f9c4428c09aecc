"""Who has promised to be back, and by when."""

from agent.service.progress import GRACE, PROMPT, Late, Progress


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_nobody_is_late_before_the_time_that_was_promised_and_the_grace_beyond_it() -> None:
    now = Hand()
    progress = Progress(now)
    slot = progress.of("slot")
    slot.within(5)
    now.at = 1005 + GRACE
    assert progress.late() == []
    now.at += 0.001
    assert progress.late() == [Late("slot", 1005)]
    slot.within(5)
    assert progress.late() == []


def test_who_waits_for_an_event_owes_nothing_until_it_has_come() -> None:
    now = Hand()
    progress = Progress(now)
    slot = progress.of("slot")
    slot.within(5)
    slot.waits()
    now.at += 1e9
    assert progress.late() == []
    slot.stirred()
    due = now.at + PROMPT
    now.at += PROMPT + GRACE + 1
    slot.stirred()  # another event does not give it more time
    assert progress.late() == [Late("slot", due)]


def test_an_event_does_not_put_off_what_was_promised() -> None:
    now = Hand()
    progress = Progress(now)
    slot = progress.of("slot")
    slot.within(1)
    slot.stirred()
    now.at += 1 + GRACE + 0.1
    assert [late.name for late in progress.late()] == ["slot"]


def test_the_longest_overdue_is_named_first() -> None:
    now = Hand()
    progress = Progress(now)
    for name, seconds in (("b", 20), ("a", 10), ("c", 30)):
        progress.of(name).within(seconds)
    now.at += 100
    assert [late.name for late in progress.late()] == ["a", "b", "c"]


def test_work_that_another_does_leaves_the_word_as_it_was_or_a_moment_to_come_back() -> None:
    now = Hand()
    progress = Progress(now)
    uplink = progress.of("uplink")
    uplink.within(300)
    with uplink.lent():
        uplink.within(1)
        now.at += 0.5
    assert uplink.due == 1300
    with uplink.lent():
        now.at += 1000
    assert uplink.due == now.at + PROMPT
    uplink.waits()
    with uplink.lent():
        uplink.within(1)
    assert uplink.due is None
