"""One finding of the doctor: which check, how it went, what shows it, what mends it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from agent.errors import ConfigError


class Result(Enum):
    """How a check went, worst first; unknown = it could not be found out."""

    FAILURE = "failure"
    WARNING = "warning"
    UNKNOWN = "unknown"
    NOTE = "note"
    OK = "ok"


CONFIGURATION = "configuration"  # the check whose failure has an exit code of its own
MANY = 4  # slots that are named one by one
_GLYPHS = {Result.FAILURE: "x", Result.WARNING: "!", Result.UNKNOWN: "?", Result.NOTE: "i", Result.OK: "+"}
_ORDER = list(Result)


@dataclass(frozen=True, slots=True)
class Finding:
    """`evidence` and `mend` are one line each; `mend` "" = there is nothing to mend."""

    check: str
    result: Result
    evidence: str
    mend: str = ""

    def document(self) -> dict[str, str | None]:
        """As `--json` has it."""
        return {"check": self.check, "result": self.result.value, "evidence": self.evidence, "mend": self.mend or None}

    def __str__(self) -> str:
        head = f"{_GLYPHS[self.result]} {self.result.value:8} {self.check:14} "
        return f"{head}{self.evidence}" + (f"\n{'->':>{len(head) - 1}} {self.mend}" if self.mend else "")


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Worst first, otherwise as they came."""
    return sorted(findings, key=lambda one: _ORDER.index(one.result))


def exit_code(findings: Sequence[Finding]) -> int:
    """Of the worst finding: 78 a wrong configuration, 1 a failure or a warning, 0 otherwise."""
    bad = {one.check for one in findings if one.result in (Result.FAILURE, Result.WARNING)}
    return ConfigError.exit_code if CONFIGURATION in bad else 1 if bad else 0


def named(names: Sequence[str]) -> str:
    """Some slots in one line."""
    more = len(names) - MANY
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:MANY])} and {more} more"


def grouped(check: str, result: Result, found: Iterable[tuple[str, str, str]]) -> list[Finding]:
    """One finding for all (slot, evidence, mend) that say the same."""
    groups: dict[tuple[str, str], list[str]] = {}
    for slot, evidence, mend in found:
        groups.setdefault((evidence, mend), []).append(slot)
    return [Finding(check, result, f"{named(slots)}: {evidence}", mend) for (evidence, mend), slots in groups.items()]
