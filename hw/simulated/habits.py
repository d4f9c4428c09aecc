"""What becomes of octets before the command interpreter of a simulated modem sees them."""

from hw.simulated.state import Quirks

_ESC, _SEND = 0x1B, 0x1A
_PROMPT = b"\r\n> "
# LCP Echo-Request (RFC 1661 5.8) in the framing of RFC 1662 4.2.
PPP_FRAME = bytes.fromhex("7eff7d23c0217d297d217d207d287d207d207d207d20") + b"~"


class Habits:
    """`told`: what somebody did that nobody may: end a text so that it is sent, or break into a call."""

    def __init__(self, quirks: Quirks) -> None:
        self._quirks = quirks
        self.told: list[str] = []
        self.power_on()

    def power_on(self) -> None:
        """As whoever had the port before left it."""
        self._lost = self._quirks.deaf_to
        self._writing = self._quirks.editor

    def hear(self, octets: bytes) -> tuple[bytes, bytes]:
        """What of it the command interpreter gets, and what is said at once."""
        if self._quirks.speaks:
            return b"", b""
        if self._quirks.in_call:
            if b"+++" in octets:
                self.told.append("+++")
            return b"", b""
        lost, self._lost = min(self._lost, len(octets)), max(0, self._lost - len(octets))
        return self._edit(octets[lost:]) if self._writing else (octets[lost:], b"")

    def _edit(self, octets: bytes) -> tuple[bytes, bytes]:
        """TS 27.005 3.5.1: ESC leaves the text, Ctrl-Z sends it, and every line of it asks for the next."""
        said = b""
        for at, octet in enumerate(octets):
            if octet in (_ESC, _SEND):
                self._writing = False
                if octet == _SEND:
                    self.told.append("a text was sent")
                return octets[at + 1 :], said + b"\r\nOK\r\n"
            said += _PROMPT if octet == 13 else b""
        return b"", said

    def speak(self) -> bytes:
        """What it says all the time without being asked; b"" for a port that listens."""
        return PPP_FRAME if self._quirks.in_call else self._quirks.speaks
