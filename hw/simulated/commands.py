"""Which command a modem has, and what it answers: information text, or a refusal."""

import re
from collections.abc import Callable

from hw.simulated import commands_modem, commands_sim
from hw.simulated.line import parameters
from hw.simulated.state import CME, CommandError, Fields, State, UnknownCommandError

_EXTENDED = re.compile(r"([+^!#$*%][A-Z0-9]+)(=\?|\?|=)?(.*)", re.IGNORECASE | re.DOTALL)
_READING_APDUS = {"176", "178", "192", "203", "242"}

Command = Callable[[State, str, list[str], float], list[str]]
TABLE: dict[str, Command] = {**commands_modem.TABLE, **commands_sim.TABLE}
TESTS: dict[str, str] = {**commands_modem.TESTS, **commands_sim.TESTS}


def run(state: State, command: str, now: float) -> list[str]:
    """Obey one command of a line: its information text. CommandError when it is refused."""
    extended = _EXTENDED.fullmatch(command)
    if extended is None:
        return _basic(state, command.upper(), now)
    name, kind, rest = extended[1].upper(), extended[2] or "", extended[3]
    given = parameters(rest)
    if name in state.family.forbidden or (kind == "=" and _writes(name, given)):
        state.forbidden.append(command)
        raise CommandError
    if rest and kind != "=":
        raise UnknownCommandError
    if name + kind in state.family.answers:
        return _filled(state, name + kind, now)
    if name in state.family.settings:
        return _setting(state, name, kind, rest)
    if name + kind + rest in state.family.restart:
        state.events.append("restart")
        return []
    if name in state.family.lacks:
        raise UnknownCommandError
    if kind == "=?" and name in TESTS:
        return [f"{name}: {TESTS[name]}"] if TESTS[name] else []
    if name + kind not in TABLE:
        raise CommandError(50) if name in TESTS else UnknownCommandError
    return TABLE[name + kind](state, name, given, now)


def restarts(state: State, command: str) -> bool:
    """Whether it tells the modem to restart."""
    return command.upper() in ("+CFUN=1,1", *state.family.restart)


def final(state: State, error: CommandError) -> str:
    """The final result code of a refusal, as +CMEE has it (TS 27.007 9.1)."""
    if isinstance(error, UnknownCommandError):
        return state.family.unknown
    if error.cme is None or state.cmee == 0:
        return "ERROR"
    return f"+CME ERROR: {error.cme if state.cmee == 1 else CME[error.cme]}"


def _writes(name: str, given: list[str]) -> bool:
    """True for the forms that change the SIM or its locks of commands that can also merely ask."""
    if name == "+CRSM":
        return given[0] not in _READING_APDUS
    if name == "+CLCK":
        return given[1:2] != ["2"]
    return name == "+CPIN" and len(given) > 1


def _filled(state: State, asked: str, now: float) -> list[str]:
    fields = Fields(state, now, state.stored.get(asked.rstrip("=?"), ""))
    return [line.format_map(fields) for line in state.family.answers[asked]]


def _setting(state: State, name: str, kind: str, rest: str) -> list[str]:
    if kind == "?":
        return [f"{name}: {state.stored[name]}"]
    if kind == "=":
        state.set_setting(name, rest.replace(" ", ""))
    elif kind != "=?":
        raise CommandError(50)
    return []


def _basic(state: State, command: str, now: float) -> list[str]:
    """A basic command of V.250; those that call or answer a call are forbidden."""
    letter, value = (command[:2], command[2:]) if command.startswith("&") else (command[:1], command[1:])
    if letter in {"D", "A"}:
        state.forbidden.append(command)
        raise CommandError
    if letter in {"E", "V", "Q"}:
        if value not in {"", "0", "1"}:
            raise CommandError
        setattr(state.modes, {"E": "echo", "V": "verbose", "Q": "quiet"}[letter], value == "1")
    elif letter in {"&F", "Z"}:
        state.reset_profile()
    elif letter == "I":
        return _filled(state, "I", now)
    elif letter == "S":
        return _register(state, value)
    elif letter not in {"H", "X", "L", "M", "&C", "&D", "&W", "&K", "&S"}:
        raise UnknownCommandError
    return []


def _register(state: State, text: str) -> list[str]:
    """S3, S4 and S5 (V.250 6.2.1 to 6.2.3)."""
    number, _, value = text.rstrip("?").partition("=")
    names = {"3": "terminator", "4": "formatting", "5": "backspace"}
    if number not in names:
        raise CommandError
    if text.endswith("?"):
        return [f"{getattr(state.modes, names[number]):03}"]
    if not value.isdecimal() or int(value) > 127:
        raise CommandError
    setattr(state.modes, names[number], int(value))
    return []
