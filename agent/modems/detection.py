"""A modem's own card detection: shown, switched on only while a SIM is seen, checked, and put back by itself when it hides that SIM.

The setting outlives power and works with one wiring of the holder only, so the agent never touches it: a person asks for it.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.at.codes import Kind
from agent.at.dialog import Command
from agent.errors import DetectionError, PortError
from agent.modems.attach import Notes, attached
from agent.modems.greet import Talk
from agent.modems.identify import read_iccid
from agent.modems.modem import Modem
from agent.modems.notes import Detection, ModemReset, Profile
from agent.ports import ModemSocket
from agent.sim.identity import Iccid

BACK = 60.0  # seconds beyond its usual start in which a modem must answer again
SEEN = 30.0  # seconds in which it must then read the SIM that it read before
PAUSE = 1.0  # seconds between two looks

_SAVE = 20.0  # seconds for a command that writes to the modem's memory
_RESET = ModemReset(("AT+CFUN=1,1",), 20.0)  # TS 27.007 8.2


@dataclass(frozen=True, slots=True)
class Setting:
    """What the modem says of its card detection: `on` None = neither; and the SIM that it reads."""

    note: str
    on: bool | None
    said: str
    iccid: Iccid | None


def look(profile: Profile) -> Talk[Setting]:
    """The present setting, and whether a SIM can be read now. DetectionError when the note knows no switch."""
    detection = _switch(profile)
    answer = yield Command(detection.ask.send, prefix=detection.ask.prefix, timeout=detection.ask.timeout)
    said = " ".join(answer.lines) if answer.ok else str(answer.final)
    fits = [any(re.match(pattern, line) for line in answer.lines if answer.ok) for pattern in (detection.on, detection.off)]
    iccid, _ = yield from read_iccid(profile.iccid)
    return Setting(profile.name, fits[0] if fits[0] != fits[1] else None, said, iccid)


def _switch(profile: Profile) -> Detection:
    if profile.detection is None:
        raise DetectionError(f"the note {profile.name} knows no card detection to switch", "the slot's presence line does the same, better")
    return profile.detection


class Switching:
    """Switches the card detection of the modem in `socket`; `tell` gets a line for every step."""

    def __init__(self, socket: ModemSocket, notes: Notes, tell: Callable[[str], None]) -> None:
        self._socket, self._notes, self._tell = socket, notes, tell

    async def show(self) -> Setting:
        """The setting as it is. DetectionError, PortError."""
        async with attached(self._socket, self._notes, _nothing) as modem:
            return await modem.converse(look(_profile(modem)))

    async def enable(self, *, low: bool | None) -> Setting:
        """Switch it on, `low`: the holder's switch is low with a card in. DetectionError when it is not on in the end."""
        async with attached(self._socket, self._notes, _nothing) as modem:
            profile = _profile(modem)
            switch, before = _switch(profile), await modem.converse(look(profile))
            if before.on:
                return before
            if before.on is None:
                raise DetectionError(f"{before.note}: the present setting is not understood: {before.said}", "look at the modem's manual")
            if before.iccid is None:
                raise DetectionError("no SIM can be read now, so nobody could tell whether it is hidden afterwards", "put one in first")
            if switch.needs_level and low is None:
                raise DetectionError(
                    "the level of the holder's switch is not known", "say --level low or --level high: its level with a card in"
                )
            if not await self._set(modem, switch.enabling(low=bool(low))):
                await self._set(modem, switch.undo)
                raise DetectionError("the modem refuses to switch its card detection on", "nothing was changed")
            await self._restart(modem)
        after = await self._seen(profile, before.iccid)
        if after is not None and after.on and after.iccid == before.iccid:
            return after
        await self._put_back(profile, before.iccid)
        hidden = "the SIM that was there was hidden" if after is None or after.on else "it was not on after all"
        raise DetectionError(f"{hidden}: card detection is off again", "try the other --level; perhaps the holder's switch is not wired")

    async def undo(self) -> Setting:
        """Switch it off. DetectionError when it is not off in the end."""
        return await self._off(None)

    async def _off(self, iccid: Iccid | None) -> Setting:
        """`iccid`: the SIM that must be seen again, None = the one that is seen now, if any."""
        async with attached(self._socket, self._notes, _nothing) as modem:
            profile = _profile(modem)
            switch, before = _switch(profile), await modem.converse(look(profile))
            if before.on is False:
                return before
            if not await self._set(modem, switch.undo):
                raise DetectionError("the modem refuses to switch its card detection off", "look at the modem's manual")
            await self._restart(modem)
        after = await self._seen(profile, iccid or before.iccid)
        if after is None or after.on is not False:
            raise DetectionError("the modem does not say that its card detection is off", "ask again with --show")
        return after

    async def _set(self, modem: Modem, texts: Sequence[str]) -> bool:
        for text in texts:
            self._tell(text)
            if not (await modem.ask(Command(text, timeout=_SAVE))).ok:
                return False
        return True

    async def _restart(self, modem: Modem) -> None:
        """Restart the modem if its note says so, and wait until it has: before that nothing that it says counts."""
        profile = _profile(modem)
        if not _switch(profile).needs_restart:
            return
        reset = profile.modem_reset or _RESET
        self._tell(f"restarting the modem: about {reset.boot:.0f} s")
        try:
            for text in reset.commands:
                answer = await modem.ask(Command(text, timeout=_SAVE))
                if answer.ok or answer.final.kind is Kind.TIMEOUT:
                    break
            async with asyncio.timeout(BACK + reset.boot):
                await self._gone_down(modem)
        except PortError:
            return  # its tty has gone, or it no longer answers
        except TimeoutError:
            raise DetectionError("the modem shows no sign of a restart", "restart it by hand, then ask again with --show") from None

    async def _gone_down(self, modem: Modem) -> None:
        down = asyncio.create_task(modem.restarted())
        try:
            while not down.done():
                await modem.ask(Command("AT", timeout=3))  # the echo is back on, if nothing else tells
                await asyncio.wait([down], timeout=PAUSE)
        finally:
            down.cancel()
            await asyncio.gather(down, return_exceptions=True)

    async def _seen(self, profile: Profile, iccid: Iccid | None) -> Setting | None:
        """What the modem says once it reads that SIM again, or at last; None when it does not answer any more."""
        loop = asyncio.get_running_loop()
        end = loop.time() + BACK + (profile.modem_reset or _RESET).boot
        told: Setting | None = None
        while loop.time() < end:
            try:
                found = await self.show()
            except PortError:
                found = None
            if found is not None:
                end = end if told else loop.time() + SEEN
                told = found
                if found.iccid == iccid:
                    return found
            await asyncio.sleep(PAUSE)
        return told

    async def _put_back(self, profile: Profile, iccid: Iccid) -> None:
        self._tell("the SIM is not seen any more: putting it back")
        try:
            after = await self._off(iccid)
        except PortError as error:
            raise DetectionError(f"card detection may still be on: {error}", "restart the modem, then: simgate detection --undo") from error
        if after.iccid != iccid:
            self._tell(f"{profile.name}: the SIM is not read yet; look again in a minute")


def _profile(modem: Modem) -> Profile:
    assert modem.profile is not None
    return modem.profile


def _nothing(_line: str) -> None:
    """What the modem says unasked is of no interest here."""
