"""The dialogue walked through everything that a modem can say that answers in order or not at all, and every time-out between."""

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field, replace

from agent.at.codes import Kind
from agent.at.dialog import FENCES, Answered, Command, Dialog, Event, Fenced, Send, State

ASKED = (Command("AT+CPIN?", "+CPIN:"), Command("AT+CSQ", "+CSQ:"))
INFORMATION = {  # what each question is answered with: TS 27.007 8.3, 8.5, 9.1, 5.5, V.250 6.2.10, TS 27.005 3.2.3
    "AT+CPIN?": "+CPIN: SIM PIN",
    "AT+CSQ": "+CSQ: 20,99",
    "AT+CMEE?": "+CMEE: 1",
    "AT+CSCS?": '+CSCS: "GSM"',
    "AT+IPR?": "+IPR: 115200",
    "AT+CMGF?": "+CMGF: 0",
}
FINALS = {"OK": Kind.OK, "ERROR": Kind.ERROR, "+CME ERROR: 10": Kind.CME}
UNASKED = ("RING", "+CREG: 1", '+CMT: "+447700900123",,"x"\r\nOK', "\xa5\x01zz")  # a URC, one that looks like an answer, two lines, noise
Make = Callable[[], Dialog]


@dataclass(frozen=True, slots=True)
class Question:
    """What the modem has heard and not answered to the end; `late`: the agent has given up waiting for it; `said`: of its answer so far."""

    text: str
    fence: bool
    late: bool = False
    echoed: bool = False
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Modem:
    """Questions, oldest first; `rest`: of a line that is half said, with what its end will settle."""

    asked: tuple[Question, ...] = ()
    rest: bytes = b""
    final: str = ""  # the result code that `rest` ends
    line: str = ""  # the information text that `rest` ends


@dataclass(frozen=True, slots=True)
class Node:
    """A conversation at one moment."""

    dialog: Dialog
    modem: Modem

    def key(self) -> object:
        """Equal when nothing that may come can tell the two apart."""
        one = self.dialog
        mine = (one._state, one._command, tuple(one._lines), one._heard, one._echoed, one._head, tuple(one._fences), one._met)
        return mine, (one._splitter._begun, one._splitter._early, one._splitter._skipping), self.modem


@dataclass(slots=True)
class Walked:
    """What was met on the way; `whole`: nothing more can be met, at any depth."""

    nodes: list[Node] = field(default_factory=list)
    transitions: int = 0
    whole: bool = False


def walk(make: Make, depth: int) -> Walked:
    """Every sequence of so many actions; AssertionError where an answer is not the question's own."""
    start = Node(make(), Modem())
    walked, met, edge = Walked([start]), {start.key()}, [start]
    for _ in range(depth):
        fresh: list[Node] = []
        for node in edge:
            for found in actions(node):
                walked.transitions += 1
                if (key := found.key()) not in met:
                    met.add(key)
                    fresh.append(found)
        walked.nodes += fresh
        edge = fresh
    walked.whole = not edge
    return walked


def twin(dialog: Dialog) -> Dialog:
    """The same conversation, to be led another way."""
    one = copy(dialog)
    one._splitter, one._lines, one._fences = copy(dialog._splitter), [*dialog._lines], [*dialog._fences]
    return one


def actions(node: Node) -> Iterator[Node]:
    """Everything that may happen next."""
    modem = node.modem
    if node.dialog.state is State.IDLE:
        yield from (_ask(node, command) for command in ASKED)
    yield expire(node)
    if modem.rest:
        yield _hear(node, modem.rest, modem.final, modem.line)
        return
    for text in UNASKED:
        yield _hear(node, f"{text}\r\n".encode("latin-1"))
    yield _hear(node, b"> ")
    if node.dialog.state is State.IDLE:  # begun before the question, a URC in the answer's own words
        yield _hear(Node(node.dialog, replace(modem, rest=b"N: SIM PIN\r\n")), b"\r\n+CPI")
    if modem.asked:
        yield from _answers(node, modem.asked[0])


def _answers(node: Node, oldest: Question) -> Iterator[Node]:
    if not oldest.said:
        if not oldest.echoed:
            yield Node(twin(node.dialog), replace(node.modem, asked=node.modem.asked[1:]))  # it never heard that one
            echo = replace(node.modem, asked=(replace(oldest, echoed=True), *node.modem.asked[1:]))
            yield _hear(Node(node.dialog, echo), f"{oldest.text}\r".encode())
        yield from _says(node, INFORMATION[oldest.text], line=INFORMATION[oldest.text])
        for final in ("ERROR", "+CME ERROR: 10"):
            yield from _says(node, final, final=final)
    yield from _says(node, "OK", final="OK")


def _says(node: Node, text: str, *, final: str = "", line: str = "") -> Iterator[Node]:
    """At once, or half of it now."""
    octets = f"\r\n{text}\r\n".encode()
    yield _hear(node, octets, final, line)
    half = len(octets) // 2
    modem = replace(node.modem, rest=octets[half:], final=final, line=line)
    yield _hear(Node(node.dialog, modem), octets[:half])


def _ask(node: Node, command: Command) -> Node:
    dialog = twin(node.dialog)
    assert not node.modem.asked or all(one.late for one in node.modem.asked)
    return Node(dialog, _asked(node.modem, dialog.send(command), fence=False))


def expire(node: Node) -> Node:
    """The agent waits no longer."""
    dialog = twin(node.dialog)
    octets = dialog.expire()
    assert dialog.state is State.LOST, "a time-out, and it is not lost"
    late = replace(node.modem, asked=tuple(replace(one, late=True) for one in node.modem.asked))
    return Node(dialog, _asked(late, octets, fence=True) if octets else late)


def _asked(modem: Modem, octets: bytes, *, fence: bool) -> Modem:
    text = octets.decode().removesuffix("\r")
    assert not any(one.text == text for one in modem.asked if one.fence), "two answers that nothing tells apart"
    return replace(modem, asked=(*modem.asked, Question(text, fence)))


def _hear(node: Node, octets: bytes, final: str = "", line: str = "") -> Node:
    """The dialogue hears these octets, which end that result code or information text of the oldest question, if any."""
    dialog, before = twin(node.dialog), node.dialog.state
    events = dialog.feed(octets)
    for at in range(1, len(octets)):
        cut = twin(node.dialog)
        assert cut.feed(octets[:at]) + cut.feed(octets[at:]) == events, "a cut changed the events"
    modem = node.modem
    if final or line:
        question, *others = modem.asked
        asked = tuple(others) if final else (replace(question, said=(*question.said, line)), *others)
        modem = replace(modem, asked=asked, rest=b"", final="", line="")
        judge(events, before, question, final, tuple(others))
    else:
        assert not any(isinstance(event, Answered | Fenced) for event in events), f"an answer out of nothing: {octets!r}"
        modem = replace(modem, rest=b"") if octets == modem.rest else modem
    assert (Send(b"\x1b") in events) == (octets == b"> "), "a prompt is left, and nothing else is"
    assert len(dialog._lines) <= 2
    assert len(dialog._fences) <= len(FENCES)
    return Node(dialog, modem)


def judge(events: list[Event], before: State, question: Question, final: str, others: tuple[Question, ...]) -> None:
    """The end of a line of the answer to `question` may say this and nothing else."""
    ends = [event for event in events if isinstance(event, Answered | Fenced)]
    assert len(ends) <= 1, "one line ends two things"
    for event in ends:
        assert final, "an information text ends nothing"
        assert not others, "something is still to come, and it is back in step"
        if isinstance(event, Answered):
            assert before is State.BUSY, "an answer after the time-out"
            assert not question.late, "a late answer was taken"
            assert event.answer.command.text == question.text, "the answer of another question"
            assert event.answer.lines == question.said, "lines of another answer"
            assert event.answer.final.kind is FINALS[final], "another end"
            assert event.answer.echoed is question.echoed, "another echo"
        else:
            assert before is State.LOST, "a fence that nobody asked for"
            assert question.fence and final == "OK" and question.said, "no fence has been answered"  # noqa: PT018
    if before is State.BUSY and final and not question.late:
        assert ends, "the answer of the question itself was not taken"


def back_in_step(node: Node) -> State:
    """Where the conversation stands once the agent has asked one more fence and the modem has answered everything, in its order."""
    if node.modem.rest:
        node = _hear(node, node.modem.rest, node.modem.final, node.modem.line)
    if node.dialog.state is not State.IDLE:
        node = expire(node)
    while node.modem.asked:
        oldest = node.modem.asked[0]
        if not oldest.said:
            node = _hear(node, f"{INFORMATION[oldest.text]}\r\n".encode(), line=INFORMATION[oldest.text])
        node = _hear(node, b"OK\r\n", final="OK")
    return node.dialog.state
