"""Commands about the modem, its radio and the network (TS 27.007 5, 7, 8.2, 9.1, 10.1)."""

from collections.abc import Callable

from hw.simulated.state import CommandError, State

# The packet domain's <stat> where +CREG says "SMS only" or "CSFB not preferred" (TS 27.007 10.1.20, 10.1.22).
_PACKET = {6: 1, 7: 5, 9: 1, 10: 5}
_REGISTERED = {1, 5, 6, 7, 9, 10}


def choice(given: list[str], *legal: str) -> str:
    """The first parameter, one of `legal`; +CME ERROR: 50 otherwise."""
    if not given or given[0] not in legal:
        raise CommandError(50)
    return given[0]


def registration(state: State, name: str, now: float) -> str:
    """<stat> and, where asked for, the cell: what the read form and the URC of +CREG have in common (TS 27.007 7.2)."""
    stat = state.registration(now)
    if name != "+CREG":
        stat = _PACKET.get(stat, stat)
    return f'{stat},"D509","80D413D",7' if state.registering[name] == 2 and stat in _REGISTERED else str(stat)


def string(state: State, text: str) -> str:
    """A string parameter in the character set of +CSCS, quoted (TS 27.007 5.5)."""
    return f'"{text.encode("utf-16-be").hex().upper() if state.charset == "UCS2" else text}"'


def _cmee(state: State, _name: str, _given: list[str], _now: float) -> list[str]:
    return [f"+CMEE: {state.cmee}"]


def _set_cmee(state: State, _name: str, given: list[str], _now: float) -> list[str]:
    state.cmee = int(choice(given, "0", "1", "2"))
    return []


def _identification(state: State, name: str, _given: list[str], _now: float) -> list[str]:
    of_modem = {"MI": state.family.manufacturer, "MM": state.family.model, "MR": state.family.revision, "SN": state.imei}
    return [of_modem[name[-2:]]]


def _cfun(state: State, _name: str, _given: list[str], _now: float) -> list[str]:
    return [f"+CFUN: {state.cfun}"]


def _set_cfun(state: State, _name: str, given: list[str], now: float) -> list[str]:
    wanted = int(choice(given, "0", "1", "4"))
    if given[1:] == ["1"]:
        state.events.append("restart")
        return []
    before, powered = state.cfun, state.powered
    state.cfun = wanted
    if powered and not state.powered:
        state.events.append("offline")
    elif state.powered and not powered:
        state.stuck = "" if before == 0 else state.stuck
        state.sim_up(now)
        state.events.append("ready")
    elif before != wanted:
        state.events.append("radio")
    return []


def _cscs(state: State, _name: str, _given: list[str], _now: float) -> list[str]:
    return [f'+CSCS: "{state.charset}"']


def _set_cscs(state: State, _name: str, given: list[str], _now: float) -> list[str]:
    state.charset = choice(given, "GSM", "IRA", "UCS2")
    return []


def _creg(state: State, name: str, _given: list[str], now: float) -> list[str]:
    return [f"{name}: {state.registering[name]},{registration(state, name, now)}"]


def _set_creg(state: State, name: str, given: list[str], _now: float) -> list[str]:
    state.registering[name] = int(choice(given, "0", "1", "2"))
    return []


def _cops(state: State, _name: str, _given: list[str], now: float) -> list[str]:
    """The serving network, which is not always the home network."""
    sim = state.sim
    if sim is None or not sim.serving or state.registration(now) not in _REGISTERED:
        return ["+COPS: 0"]
    numeric = state.operator_format == 2 or sim.serving != sim.plmn
    return [f"+COPS: 0,{state.operator_format},{string(state, sim.serving if numeric else sim.operator)},7"]


def _set_cops(state: State, _name: str, given: list[str], _now: float) -> list[str]:
    if choice(given, "0", "3") == "3":
        state.operator_format = int(choice(given[1:], "0", "1", "2"))
    return []


def _csq(state: State, _name: str, _given: list[str], now: float) -> list[str]:
    """<rssi> -73 dBm, or not known (TS 27.007 8.5)."""
    return [f"+CSQ: {20 if state.registration(now) in _REGISTERED else 99},99"]


_IDENTIFICATION = ("+CGMI", "+GMI", "+CGMM", "+GMM", "+CGMR", "+GMR", "+CGSN", "+GSN")
_DOMAINS = ("+CREG", "+CGREG", "+CEREG")

TESTS = {
    **dict.fromkeys(_IDENTIFICATION, ""),
    **dict.fromkeys(_DOMAINS, "(0-2)"),
    "+CMEE": "(0-2)",
    "+CFUN": "(0,1,4),(0,1)",
    "+CSCS": '("GSM","IRA","UCS2")',
    "+COPS": "",
    "+CSQ": "(0-31,99),(0-7,99)",
}

TABLE: dict[str, Callable[[State, str, list[str], float], list[str]]] = {
    **dict.fromkeys(_IDENTIFICATION, _identification),
    **{f"{name}?": _creg for name in _DOMAINS},
    **{f"{name}=": _set_creg for name in _DOMAINS},
    "+CSQ": _csq,
    "+CMEE?": _cmee,
    "+CMEE=": _set_cmee,
    "+CFUN?": _cfun,
    "+CFUN=": _set_cfun,
    "+CSCS?": _cscs,
    "+CSCS=": _set_cscs,
    "+COPS?": _cops,
    "+COPS=": _set_cops,
}
