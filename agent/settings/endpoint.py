"""The way to the endpoint, as the configuration has it: its key, and that nobody can read it on the way."""

import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agent.settings.reading import Reading


def encrypted(reading: Reading, endpoint: Mapping[str, Any]) -> None:
    """The key goes out unencrypted only where the owner says so, or to this very machine."""
    url = endpoint["url"]
    if url is None or endpoint["allow_http"]:
        return
    parts = urlsplit(url)
    if parts.scheme == "http" and not _loopback(parts.hostname or ""):
        what = "is http: whoever sits on the way could read the API key and change the list"
        reading.wrong("endpoint.url", url, what, "write it with https, or set allow_http = true where the way is safe")


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def api_key_in(reading: Reading, folder: Path, named: str | None, environ: Mapping[str, str]) -> str:
    """The first place that is named counts, and must then hold a key."""
    credential = Path(environ.get("CREDENTIALS_DIRECTORY") or os.devnull, "api-key")
    if named is not None:
        place, shown, source = "endpoint.api_key_file", named, folder / named
    elif os.access(credential, os.F_OK):
        place, shown, source = "credential api-key", None, credential
    elif "SIMGATE_API_KEY" in environ:
        place, shown, source = "SIMGATE_API_KEY", None, None
    elif os.access(beside := folder / "api.key", os.F_OK):
        place, shown, source = str(beside), None, beside
    else:
        mend = "put it into api.key beside this file, or give the systemd credential api-key or the variable SIMGATE_API_KEY"
        reading.wrong("endpoint.api_key_file", None, "there is no API key", mend)
        return ""
    try:
        key = (source.read_text("utf-8") if source else environ["SIMGATE_API_KEY"]).strip()
    except FileNotFoundError:  # not repeated: an owner may have written the key itself there
        reading.wrong(place, None, "there is no such file", "name a file, and put the key into it")
        return ""
    except OSError as error:
        reading.wrong(place, shown, f"cannot be read: {error.strerror}", "it must be a file that the user of simgate may read")
        return ""
    except UnicodeDecodeError:
        key = "\N{REPLACEMENT CHARACTER}"
    if not key:
        reading.wrong(place, shown, "is empty", "put the API key of the partner into it, nothing else")
    elif not re.fullmatch("[!-~]+", key):
        # A header field cannot carry anything else (RFC 9110 5.5), and a key has no blanks (RFC 6750 2.1).
        reading.wrong(place, shown, "holds more than a key", "put the API key of the partner into it, nothing else")
    return key
