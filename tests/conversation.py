"""Drives a talk (a generator of commands) with what a modem would print, through the real Dialog; only questions may be asked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from agent.at.codes import Final, Kind
from agent.at.dialog import Answer, Answered, Command, Dialog
from agent.modems.greet import Talk

T = TypeVar("T")

# What the modem prints, the final result code included; None = nothing, ever; a list = one after the other, the last one again and again.
Said = str | None | Sequence[str | None]

# All that identifying may say to a modem: it dials, writes, unlocks and sends nothing.
QUESTIONS = re.compile(
    r"AT|ATE0|ATV1|ATI|AT\+CMEE=[12]"
    r"|AT\+(CGMI|CGMM|CGMR|CGSN|CIMI|CNUM|QCCID|CICCID|CCID|ICCID)"
    r"|AT\+(CPIN|CFUN|CREG|CEREG|CGREG|CSCS)\?"
    r'|AT\+CSCS="(GSM|IRA|00470053004D)"'
    r"|AT\+CRSM=(176|178|192),\d+,\d+,\d+,\d+"
    r'|AT\+CPBS="ON"|AT\+CPBR=1'
)


def answered(command: Command, said: str | None) -> Answer:
    """The Answer that the real Dialog makes of what was printed; silence and unfinished answers become Kind.TIMEOUT."""
    dialog = Dialog()
    dialog.send(command)
    printed = "" if said is None else "\r\n" + said.replace("\n", "\r\n") + "\r\n"
    for event in dialog.feed(printed.encode("latin-1", "replace")):
        if isinstance(event, Answered):
            return event.answer
    return Answer(command, (), Final(Kind.TIMEOUT))


@dataclass
class Conversation:
    """A modem that says `sayings` (by command text) and ERROR to the rest; `asked` keeps what it was asked."""

    sayings: Mapping[str, Said]
    asked: list[str] = field(default_factory=list)

    def hold(self, talk: Talk[T]) -> T:
        """The talk's result. AssertionError when it asks what is no question, or without end."""
        try:
            command = next(talk)
            while True:
                assert QUESTIONS.fullmatch(command.text), f"{command.text} is no question"
                self.asked.append(command.text)
                assert len(self.asked) < 100, "a talk without end"
                command = talk.send(answered(command, self._said(command.text)))
        except StopIteration as done:
            result: T = done.value
            return result

    def _said(self, text: str) -> str | None:
        said = self.sayings.get(text, "ERROR")
        if said is None or isinstance(said, str):
            return said
        return said[min(self.asked.count(text), len(said)) - 1]
