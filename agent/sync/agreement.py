"""Whether the endpoint's clock once agreed with ours, and ours has not been set since. Pure."""

TRUSTED = 120.0  # seconds between the endpoint's clock and ours at which ours is believed to be right
STEP = 2.0  # seconds between wall and monotonic clock by which a clock that was set gives itself away


class Agreement:
    """What a `Date` header proves lasts as long as the wall clock only runs on; every moment is in seconds."""

    def __init__(self) -> None:
        self._offset: float | None = None

    def heard(self, spoken: float, wall: float, monotonic: float) -> None:
        """The endpoint's clock stands at `spoken`."""
        self._offset = wall - monotonic if abs(spoken - wall) <= TRUSTED else None

    def holds(self, wall: float, monotonic: float) -> bool:
        """The wall clock has run on since it agreed, and was not set to another time."""
        return self._offset is not None and abs(wall - monotonic - self._offset) <= STEP
