"""The configuration, judged; a key that this account may not read is no mistake in it."""

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.doctor.finding import CONFIGURATION, Finding, Result
from agent.errors import ConfigError
from agent.settings.file import check, load, load_local
from agent.settings.values import Settings

SHOWN = 5  # mistakes; `simgate config check` says them all


@dataclass(frozen=True, slots=True)
class Configured:
    """`settings` without the key, `keyed` with it; None where they cannot be had. `keyless`: why there is no key to try."""

    findings: list[Finding]
    settings: Settings | None
    keyed: Settings | None
    keyless: str = ""


def configured(file: Path, environ: Mapping[str, str]) -> Configured:
    """Everything that is wrong with the file, a finding each."""
    wrong = check(file)
    if wrong:
        return Configured([_wrong(one) for one in wrong[:SHOWN]], None, None)
    settings = load_local(file)
    try:
        keyed = load(file, environ)
    except ConfigError as error:
        if error.what.endswith(os.strerror(errno.EACCES)):
            return Configured([_right(file)], settings, None, "the key may not be read by this account")
        return Configured([_wrong(str(error))], settings, None, "there is no key")
    return Configured([_right(file)], settings, keyed)


def _right(file: Path) -> Finding:
    return Finding(CONFIGURATION, Result.OK, f"{file} is right")


def _wrong(line: str) -> Finding:
    what, _, mend = line.partition("; ")
    return Finding(CONFIGURATION, Result.FAILURE, what, mend)
