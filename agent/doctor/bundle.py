"""The support archive: what somebody far away needs, scrubbed, as one .tar.gz."""

import io
import json
import os
import tarfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.doctor.finding import Finding
from agent.doctor.veil import Veil
from agent.errors import SimgateError

FOLDER = "simgate"
_NOT_HERE = "not to be had on this machine, or not by this account\n"


@dataclass(frozen=True, slots=True)
class Papers:
    """What goes in, as it is; None = could not be had."""

    findings: Iterable[Finding]
    status: Any
    queue: Any
    configuration: Path
    journal: str | None
    kernel: str | None
    versions: str


def scrubbed(papers: Papers, veil: Veil) -> dict[str, str]:
    """Name of each file in the archive -> its text, without anybody's identity."""
    return {
        "findings.json": _json(veil.document([finding.document() for finding in papers.findings])),
        "status.json": _json(veil.document(papers.status)),
        "queue.json": _json(veil.document(papers.queue)),
        "configuration.json": _json(_configuration(papers.configuration, veil)),
        "journal.txt": veil.lines(papers.journal) if papers.journal else _NOT_HERE,
        "kernel.txt": veil.lines(papers.kernel) if papers.kernel else _NOT_HERE,
        "versions.txt": papers.versions,
    }


def pack(file: Path, texts: Mapping[str, str], moment: float) -> None:
    """Write the archive; nobody but its owner may read it. SimgateError when it cannot be written."""
    try:
        with (
            os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out,
            tarfile.open(fileobj=out, mode="w:gz") as tar,
        ):
            os.fchmod(out.fileno(), 0o600)  # one that was there has modes of its own
            for name, text in texts.items():
                octets = text.encode("utf-8", "replace")
                entry = tarfile.TarInfo(f"{FOLDER}/{name}")
                entry.size, entry.mtime, entry.mode = len(octets), int(moment), 0o600
                tar.addfile(entry, io.BytesIO(octets))
    except OSError as error:
        raise SimgateError(f"{file}: cannot be written: {error.strerror}", "name a file in a directory of yours") from error


def _configuration(file: Path, veil: Veil) -> Any:
    try:
        tables = tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None  # what is no TOML may hold a PIN anywhere
    endpoint = tables.get("endpoint")
    named = endpoint.get("api_key_file") if isinstance(endpoint, dict) else None
    return veil.configuration(tables, key_is_file=isinstance(named, str) and os.access(file.absolute().parent / named, os.F_OK))


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
