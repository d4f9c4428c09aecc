"""The body of one POST to the endpoint: pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that no log, traceback or status may show; `reveal()` gives it."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __str__(self) -> str:
        return "***"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and how numbers are listed; seconds; `country_ids` maps an ISO region to the partner's own id."""

    url: str
    api_key: Secret
    gateway: str
    interval: float = 300.0
    number_format: str = "plus"
    operator_code: str = "mcc_mnc"
    country_ids: Mapping[str, int] = field(default_factory=dict)
