"""Every error the agent raises on purpose: which object, what is wrong with it, what to do next."""


class SimgateError(Exception):
    """`what` went wrong with which object; `mend` says what to do next; `exit_code` is the command line's."""

    exit_code = 1

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(f"{what}; {mend}" if mend else what)
        self.what = what
        self.mend = mend


class ConfigError(SimgateError):
    """The configuration file is wrong: `FILE: key = value: what; mend` on one line."""

    exit_code = 78

    def __init__(self, file: str, key: str, value: object, what: str, mend: str = "") -> None:
        shown = f"{key} = {value!r}" if value is not None else key
        super().__init__(f"{file}: {shown}: {what}" if key else f"{file}: {what}", mend)


class NoteError(SimgateError):
    """A firmware note is wrong: `FILE:line: key: what; mend`."""

    exit_code = 78


class IdentityError(SimgateError, ValueError):
    """A text is no ICCID, IMSI or number; the message never repeats the text."""


class PortError(SimgateError):
    """A tty cannot be opened, is gone, or no longer answers."""


class NotAtPortError(PortError):
    """What a tty says shows that it is no AT port."""


class TakenError(PortError):
    """Somebody else, or a missing right, keeps the agent from the tty: no fault of the modem, and no reset mends it."""


class PowerError(SimgateError):
    """A modem's power, or its place on the USB, cannot be switched."""


class DetectionError(SimgateError):
    """A modem's card detection cannot be switched, or was put back because it hid a SIM that is in."""


class LineError(SimgateError):
    """A GPIO line or pin cannot be used."""


class WiringError(LineError):
    """The configuration names a pin that this board does not have or cannot use so, or names it twice: waiting does not mend it."""

    exit_code = 78


class StoreError(SimgateError):
    """The database cannot be opened or written."""


class NoAgentError(SimgateError):
    """No agent answers on the control socket."""

    exit_code = 3


class RefusedError(SimgateError):
    """The running agent understood the request and says no."""


class TranscriptError(SimgateError):
    """A transcript is wrong: `FILE:line: what; mend`."""
