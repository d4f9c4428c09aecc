"""Metrics as the configuration wants them: a port, a file, both or none. What fails here is told once, and stops no sale."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from importlib.util import find_spec
from typing import Any

from agent.gateway import Gateway
from agent.metrics.reading import facts
from agent.metrics.textfile import TextFile
from agent.settings.values import MetricsSettings

AGAIN = 60.0  # seconds between two tries of what could not be had
MISSING = "metrics: the library prometheus-client is not installed; pip install 'simgate[metrics]', or take out [metrics]"

Try = Callable[[Callable[[str], None]], Coroutine[Any, Any, None]]

log = logging.getLogger(__name__)


class Telling:
    """run() ends at once where no metrics are wanted, or their library is not there."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._wanted: MetricsSettings = gateway.settings.metrics

    async def run(self) -> None:
        """Until cancelled."""
        if self._wanted == MetricsSettings():
            return
        if find_spec("prometheus_client") is None:
            log.error(MISSING)
            return
        async with asyncio.TaskGroup() as group:
            if self._wanted.listen is not None:
                group.create_task(self._again_and_again("port", self._port), name="metrics port")
            if self._wanted.textfile is not None:
                group.create_task(self._again_and_again("textfile", self._file), name="metrics textfile")

    async def text(self) -> bytes:
        """What is told now."""
        from agent.metrics.families import text  # noqa: PLC0415  its library may be absent, and is paid for only where it is wanted

        return text(await facts(self._gateway))

    async def _port(self, works: Callable[[str], None]) -> None:
        from agent.metrics.port import serve  # noqa: PLC0415  aiohttp's server costs 1.6 MB

        assert self._wanted.listen is not None
        host, port = self._wanted.listen
        await serve(host, port, self.text, lambda number: works(f"http://{f'[{host}]' if ':' in host else host}:{number}/metrics"))

    async def _file(self, works: Callable[[str], None]) -> None:
        path = self._wanted.textfile
        assert path is not None
        await TextFile(path, self.text).run(lambda: works(str(path)))

    async def _again_and_again(self, what: str, attempt: Try) -> None:
        """WARNING once, DEBUG until it works."""
        good: bool | None = None

        def works(where: str) -> None:
            nonlocal good
            if not good:
                log.info("metrics: %s", where)
            good = True

        while True:
            try:
                await attempt(works)
            except OSError as error:
                mend = f"correct metrics.{'listen' if what == 'port' else what}; it is tried again every {AGAIN:.0f} s"
                log.log(logging.DEBUG if good is False else logging.WARNING, "metrics: the %s fails: %s; %s", what, error, mend)
                good = False
            await asyncio.sleep(AGAIN)
