"""Metrics on a port of this machine, for a Prometheus that comes and asks."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

PATH = "/metrics"
TYPE = "text/plain; version=0.0.4; charset=utf-8"
PATIENCE = 1.0  # seconds for an answer that is on its way when the end comes


async def serve(host: str, port: int, text: Callable[[], Awaitable[bytes]], listening: Callable[[int], None]) -> None:
    """Until cancelled; `listening` is called with the port that is open, chosen by the system for port 0. OSError when it cannot be had."""

    async def answer(request: web.BaseRequest) -> web.Response:
        if request.path != PATH:
            return web.Response(status=404, text=f"see {PATH}\n")
        if request.method not in ("GET", "HEAD"):
            return web.Response(status=405, headers={"Allow": "GET, HEAD"})
        return web.Response(body=await text(), headers={"Content-Type": TYPE})

    runner = web.ServerRunner(web.Server(answer, access_log=None), shutdown_timeout=PATIENCE)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        listening(runner.addresses[0][1])
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
