"""The system's clocks, and whether a time service has set them."""

import ctypes
import time
from collections.abc import Callable

TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised

Adjtimex = Callable[["ctypes.Array[ctypes.c_long]"], int]


class SystemClock:
    """`Clock` of this machine; `adjtimex` is libc's unless another is given."""

    def __init__(self, adjtimex: Adjtimex | None = None) -> None:
        self._adjtimex = adjtimex or _libc_adjtimex()

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        return time.monotonic()

    def wall(self) -> float:
        """UNIX seconds as the system believes them."""
        return time.time()

    def synchronised(self) -> bool:
        """True when the kernel calls its clock synchronised; False when it does not, or cannot be asked."""
        # struct timex is 128 octets on 32-bit and 208 on 64-bit; only the return value is needed, so the buffer
        # has room for either. All zero means `modes` = 0: read only, no privilege needed.
        timex = (ctypes.c_long * 64)()
        return 0 <= self._adjtimex(timex) != TIME_ERROR


def _libc_adjtimex() -> Adjtimex:
    call = getattr(ctypes.CDLL(None, use_errno=True), "adjtimex", None)
    if call is None:
        return lambda _: -1
    return lambda timex: int(call(timex))
