"""What was seen at each slot: by the running agent, or by the doctor while none runs. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Seen:
    """One slot. `line`: the presence line says that a card is in; `card`: the modem does; None = no line, no answer.

    `note`: the modem's profile; `twins`: other slots whose modem has the same IMEI; `led`: whether its LED works; `why`: what keeps it
    off sale, `sign`: what its LED would show for that, both known to the agent alone where one runs.
    """

    slot: str
    line: bool | None = None
    card: bool | None = None
    note: str | None = None
    twins: tuple[str, ...] = ()
    led: bool | None = None
    why: str | None = None
    sign: str | None = None

    def document(self) -> dict[str, Any]:
        """As it goes over the control socket; no identity is in it."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Seen":
        """Back again."""
        return cls(**{**document, "twins": tuple(document["twins"])})


def twins(imeis: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Slot -> the other slots with its IMEI; "" is no IMEI."""
    return {slot: tuple(other for other, its in imeis.items() if its == imei and other != slot) for slot, imei in imeis.items() if imei}
