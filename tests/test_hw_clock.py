"""hw/clock against the kernel and against answers that a kernel may give (adjtimex(2))."""

import ctypes
import time

import pytest

from agent.ports import Clock
from hw.clock import SystemClock

LARGEST_TIMEX = 208  # octets of struct timex on 64-bit Linux; 128 on 32-bit


class Timex(ctypes.Structure):
    """The head of struct timex, as linux/timex.h has it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 64),
    )


@pytest.mark.parametrize(("answer", "synchronised"), [(0, True), (1, True), (2, True), (3, True), (4, True), (5, False), (-1, False)])
def test_only_time_error_and_failure_are_unsynchronised(answer: int, synchronised: bool) -> None:
    assert SystemClock(lambda _: answer).synchronised() is synchronised


def test_the_kernel_is_only_asked_and_has_room_to_answer() -> None:
    seen: list[bytes] = []

    def note(timex: "ctypes.Array[ctypes.c_long]") -> int:
        seen.append(bytes(timex))
        return 0

    SystemClock(note).synchronised()
    assert len(seen[0]) >= LARGEST_TIMEX
    assert not any(seen[0])


def test_the_answer_is_that_of_the_kernels_own_status_word() -> None:
    timex = Timex()
    asked = ctypes.CDLL(None).adjtimex(ctypes.byref(timex)) >= 0
    unsynchronised = timex.status & 0x0040 or timex.status & 0x1000  # STA_UNSYNC, STA_CLOCKERR
    assert SystemClock().synchronised() is (asked and not unsynchronised)


def test_both_clocks_are_the_systems_and_run_forward() -> None:
    clock: Clock = SystemClock()
    assert time.time() - 5 < clock.wall() <= time.time()
    assert time.monotonic() - 5 < clock.monotonic() <= clock.monotonic() <= time.monotonic()
