"""A disk that fails must not take the rack off sale."""

import logging
from collections.abc import Awaitable
from typing import TypeVar

from agent.errors import StoreError

log = logging.getLogger(__name__)

T = TypeVar("T")


class Tolerance:
    """Does without what the store cannot do: ERROR once for each of its errors, DEBUG after."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    async def of(self, asked: Awaitable[T], otherwise: T) -> T:
        """What was asked, or `otherwise` after a StoreError."""
        try:
            return await asked
        except StoreError as error:
            log.log(logging.DEBUG if str(error) in self._told else logging.ERROR, "%s", error)
            self._told.add(str(error))
            return otherwise
