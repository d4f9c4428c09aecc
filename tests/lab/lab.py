"""A rack whose gateway is a virtual machine: modems, SIM lines, and the endpoint outside."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from hw.simulated.endpoint import SimulatedEndpoint
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh

from .guest import Guest
from .plugs import Hub, Plug

KEY = "5ecret-k3y"
LIMIT = 600.0  # seconds until a scene gives up; times Arch.pace
CONFIG = "/etc/simgate/simgate.toml"


class Lab:
    """The guest, what is plugged into it, and what it sells."""

    def __init__(self, guest: Guest, endpoint: SimulatedEndpoint) -> None:
        self.guest, self.endpoint = guest, endpoint
        self.plugs: list[Plug] = []
        self.hubs: list[Hub] = []
        # What there was before anything was installed.
        self.before: set[str] = set()
        self._sims = 0

    @property
    def url(self) -> str:
        """The endpoint, as the guest sees it."""
        return f"http://10.0.2.2:{self.endpoint.port}"

    def modem(self, family: str = "generic") -> SimulatedModem:
        """With a SIM that no other has."""
        self._sims += 1
        return SimulatedModem(family, fresh(self._sims), serial=self._sims, seed=self._sims)

    async def plug(self, port: str, family: str = "generic") -> Plug:
        """A modem into that port."""
        found = Plug(self.guest, port, self.modem(family))
        self.plugs.append(found)
        await found.plug()
        return found

    async def hub(self, port: str) -> Hub:
        """A hub into that port."""
        found = Hub(self.guest, port)
        self.hubs.append(found)
        await found.plug()
        return found

    async def clear(self) -> None:
        """Nothing is plugged in, no service runs, nothing was ever sold; the network is there and no card is in."""
        await self.guest.link(up=True)
        await self.guest.tell(
            "systemctl stop simgate; rm -f /var/lib/simgate/* /etc/lab-lines; "
            "for line in /run/lab-header/sim_gpio*; do echo pull-up >$line/pull; done"
        )
        for plug in self.plugs:
            await plug.remove()
        for hub in self.hubs:
            await hub.remove()
        self.plugs, self.hubs = [], []
        self.endpoint.on_sale.clear()
        self.endpoint.requests.clear()

    def config(self, slots: Sequence[str], *, timing: str = "", more: str = "") -> str:
        """A whole configuration; each of `slots` is the body of one [[slot]]."""
        parts = [f'[gateway]\nid = "rack1"\n\n[endpoint]\nurl = "{self.url}"\nallow_http = true\n', f"[timing]\n{timing}\n", more]
        parts += [f'[[slot]]\nname = "rack1-{at:02}"\n{slot}\n' for at, slot in enumerate(slots, 1)]
        return "\n".join(parts)

    async def configure(self, slots: Sequence[str], *, timing: str = "", more: str = "") -> None:
        """Configuration and key, as a person would leave them."""
        await self.guest.write(CONFIG, self.config(slots, timing=timing, more=more), "640 -g simgate")
        await self.guest.write("/etc/simgate/api.key", KEY, "600")

    async def serve(self, slots: Sequence[str], *, timing: str = "", more: str = "") -> None:
        """The service, with these slots, started by systemd; returns when systemd calls it started."""
        await self.configure(slots, timing=timing, more=more)
        await self.guest.do("systemctl restart simgate || { journalctl -u simgate -n 40 --no-pager; false; }")

    async def on_sale(self, *plugs: Plug | str) -> None:
        """Wait until the endpoint has exactly these numbers."""
        wanted = {plug if isinstance(plug, str) else plug.number for plug in plugs}
        await self.heard(lambda far: set(far.on_sale) == wanted, f"on sale are not {sorted(wanted)}")

    async def heard(self, predicate: Callable[[SimulatedEndpoint], object], otherwise: str = "the endpoint has not heard it") -> None:
        """Wait until it is true of the endpoint. AssertionError with what is on sale, and the service's last words."""
        try:
            await self.endpoint.wait_for(predicate, LIMIT * self.guest.pace)
        except TimeoutError:
            raise AssertionError(f"{otherwise}; {sorted(self.endpoint.on_sale)} are\n{await self.story()}") from None

    async def status(self) -> dict[str, Any]:
        """`simgate status --json`."""
        said = await self.guest.do("simgate status --json")
        found: dict[str, Any] = json.loads(said)
        return found

    async def story(self) -> str:
        """The last that the service said."""
        return (await self.guest.tell("journalctl -u simgate -n 60 --no-pager -o cat; simgate slots")).text

    async def show(self, name: str) -> str:
        """A property of the unit."""
        return await self.guest.do(f"systemctl show --value --property={name} simgate")
