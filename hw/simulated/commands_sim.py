"""Commands that need the SIM (TS 27.007 5.6, 7.1, 7.4, 7.15, 8.3, 8.11, 8.12, 8.18, 8.65)."""

from collections.abc import Callable

from hw.simulated.commands_modem import choice, string
from hw.simulated.files import FILES, GET_RESPONSE, WRONG_LENGTH, transmit
from hw.simulated.state import CommandError, State

_PLACES = {"SM": 250, "ON": 2}


def _cpin(state: State, _name: str, _given: list[str], now: float) -> list[str]:
    return [f"+CPIN: {state.cpin(now)}"]


def _set_cpin(state: State, _name: str, given: list[str], now: float) -> list[str]:
    sim = state.card(now)
    if state.verified:
        raise CommandError(3)
    if sim.attempts == 0:
        raise CommandError(12)
    if not sim.verify(given[0]):
        raise CommandError(16 if sim.attempts else 12)
    state.verified = True
    state.events.append("ready")
    return []


def _cpinr(state: State, _name: str, given: list[str], now: float) -> list[str]:
    """The selector may end in `*`; without one all are told."""
    sim = state.card(now)
    left = {"SIM PIN": (sim.attempts, 3), "SIM PUK": (sim.puk_attempts, 10), "SIM PIN2": (3, 3), "SIM PUK2": (10, 10)}
    wanted = given[0] or "*"
    chosen = [code for code in left if code == wanted or (wanted.endswith("*") and code.startswith(wanted[:-1]))]
    return [f"+CPINR: {code},{left[code][0]},{left[code][1]}" for code in chosen]


def _crsm(state: State, _name: str, given: list[str], now: float) -> list[str]:
    """A refusal of the card is an answer, too: the line still ends in OK."""
    if not 2 <= len(given) <= 7 or not all(number.isdecimal() and len(number) < 6 for number in given[:5]):
        raise CommandError(50)
    command, file_id, p1, p2, p3 = [*map(int, given[:5]), 0, 0, 0][:5]
    sim = state.card(now)
    only = state.family.get_response
    if command == GET_RESPONSE and file_id in FILES and only not in {None, p3}:
        return [f"+CRSM: {WRONG_LENGTH[0]},{WRONG_LENGTH[1]}"]
    sw1, sw2, content = transmit(sim, verified=state.verified, fcp=state.family.fcp, command=command, file_id=file_id, p1=p1, p2=p2, p3=p3)
    return [f'+CRSM: {sw1},{sw2},"{content.hex().upper()}"' if content else f"+CRSM: {sw1},{sw2}"]


def _cimi(state: State, _name: str, _given: list[str], now: float) -> list[str]:
    """Digits without a name in front."""
    return [state.unlocked(now).imsi]


def _cnum(state: State, _name: str, _given: list[str], now: float) -> list[str]:
    sim = state.unlocked(now)
    if sim.written is None or sim.number_in != "cnum":
        return []
    name = "" if state.family.empty_alpha else sim.alpha
    alpha = name if state.quirks.unquoted_alpha else string(state, name)
    return [f"+CNUM: {alpha},{string(state, sim.written)},{sim.number_type}"]


def _own(state: State, now: float) -> str | None:
    """What the chosen phonebook has in its first place: a modem that cannot read EF_MSISDN has no own number either."""
    sim = state.unlocked(now)
    return sim.written if state.phonebook == "ON" and sim.number_in != "ef_msisdn" else None


def _cpbs(state: State, _name: str, _given: list[str], now: float) -> list[str]:
    return [f'+CPBS: "{state.phonebook}",{int(_own(state, now) is not None)},{_PLACES[state.phonebook]}']


def _set_cpbs(state: State, _name: str, given: list[str], now: float) -> list[str]:
    state.unlocked(now)
    wanted = choice(given, *(("0053004D", "004F004E") if state.charset == "UCS2" else ("SM", "ON")))
    state.phonebook = "ON" if wanted in {"ON", "004F004E"} else "SM"
    return []


def _cpbr(state: State, _name: str, given: list[str], now: float) -> list[str]:
    """An empty place has no line."""
    sim = state.unlocked(now)
    if not all(place.isdecimal() and 1 <= int(place) <= _PLACES[state.phonebook] for place in given[:2]):
        raise CommandError(21)
    written = _own(state, now)
    if written is None or int(given[0]) > 1:
        return []
    return [f"+CPBR: 1,{string(state, written)},{sim.number_type},{string(state, sim.alpha)}"]


def _clck(state: State, _name: str, given: list[str], now: float) -> list[str]:
    return [f"+CLCK: {int(given[0] == 'SC' and state.card(now).pin is not None)}"]


def _set_cusd(state: State, _name: str, given: list[str], now: float) -> list[str]:
    """The result code comes at once, the network's answer behind it; +CUSD=2 ends the session (TS 27.007 7.15)."""
    sim = state.unlocked(now)
    if choice(given, "0", "1", "2") == "2":
        state.session = False
    if not given[1:]:
        return []
    if state.session or not sim.serving:
        raise CommandError(30)
    code = bytes.fromhex(given[1]).decode("utf-16-be") if state.charset == "UCS2" else given[1]
    if code in sim.ussd:
        state.session = sim.ussd[code].startswith("1")
        state.events.append(f"+CUSD: {sim.ussd[code]}")
    return []


TESTS = {
    "+CPIN": "",
    "+CPINR": "",
    "+CRSM": "",
    "+CIMI": "",
    "+CNUM": "",
    "+CPBS": '("SM","ON")',
    "+CPBR": "(1-250),20,14",
    "+CLCK": '("SC")',
    "+CUSD": "(0-2)",
}

TABLE: dict[str, Callable[[State, str, list[str], float], list[str]]] = {
    "+CPIN?": _cpin,
    "+CPIN=": _set_cpin,
    "+CPINR": _cpinr,
    "+CPINR=": _cpinr,
    "+CRSM=": _crsm,
    "+CIMI": _cimi,
    "+CNUM": _cnum,
    "+CPBS?": _cpbs,
    "+CPBS=": _set_cpbs,
    "+CPBR=": _cpbr,
    "+CLCK=": _clck,
    "+CUSD=": _set_cusd,
}
