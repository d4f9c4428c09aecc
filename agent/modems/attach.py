"""From a slot's socket to a modem that has said who it is: pick the AT port, wake it, choose its note."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from agent.errors import NotAtPortError, PortError
from agent.modems.at_ports import PortRoles, at_ports, without_at
from agent.modems.greet import settle, wake
from agent.modems.modem import Modem
from agent.modems.notes import Profile
from agent.modems.tally import Tally
from agent.ports import Candidate, ModemSocket
from agent.service.progress import CONVERSATION, OPEN


@dataclass(frozen=True, slots=True)
class Notes:
    """All firmware notes and the table of AT ports: what an unknown modem is met with."""

    profiles: Sequence[Profile]
    roles: Mapping[str, PortRoles]

    @property
    def urcs(self) -> tuple[str, ...]:
        """Every unsolicited line that any note knows: the modem has not said yet which note is its own."""
        return tuple(dict.fromkeys(urc for profile in self.profiles for urc in profile.urcs))

    def at_ports(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Those that may be the AT port, best first."""
        return at_ports(candidates, self.profiles, self.roles)


@asynccontextmanager
async def attached(
    socket: ModemSocket,
    notes: Notes,
    heard: Callable[[str], None],
    within: Callable[[float], None] = lambda _: None,
    tally: Tally | None = None,
) -> AsyncIterator[Modem]:
    """The modem in `socket`, greeted and with its profile. PortError says why there is none. `within`: how long a step may take."""
    trouble: PortError | None = None
    for candidate in notes.at_ports(socket.candidates()):
        async with AsyncExitStack() as stack:
            try:
                within(OPEN)
                port = await socket.open(candidate.tty)
                within(CONVERSATION)
                modem = await stack.enter_async_context(Modem(port, urcs=notes.urcs, heard=heard, tally=tally))
                await modem.rouse()
                await greet(modem, notes)
            except PortError as error:
                # The best port comes first, and that another one is none says less than what is the matter with it.
                trouble = error if trouble is None or isinstance(trouble, NotAtPortError) else trouble
                continue
            try:
                yield modem
            finally:
                within(CONVERSATION)
            return
    usb_id = socket.usb_id()
    # No answer is no wonder where a note knows that there is no AT port, and that says more than the silence.
    if why := without_at(notes.profiles, usb_id):
        raise NotAtPortError(f"no AT port: {why}")
    raise trouble or _no_tty(usb_id)


def _no_tty(usb_id: str | None) -> PortError:
    if usb_id is None:
        return PortError("no modem: its tty is not there", "plug the modem in, or correct usb or tty in the configuration")
    return NotAtPortError(
        f"the modem ({usb_id}) has no AT port: it is in router or storage mode, or its driver is missing",
        "switch it with usb_modeswitch, or use another modem",
    )


async def greet(modem: Modem, notes: Notes) -> None:
    """Bring a modem to a known state and find its note; again whenever it has restarted. PortError when it does not answer."""
    await modem.converse(wake())
    await modem.confirm()
    modem.identity, modem.profile = await modem.converse(settle(notes.profiles))
    modem.greeted()
