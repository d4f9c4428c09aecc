"""The support archive holds what helps, and nobody's identity, PIN or key in any spelling."""

import asyncio
import json
import re
import stat
import tarfile
from pathlib import Path

import pytest
from gate import KEY, gate
from identities import ef_iccid, ef_imsi, ef_msisdn, forms, ucs2
from rack import sim

from agent.cli.packing import write
from agent.cli.visiting import visited
from agent.doctor.bundle import Papers, pack, scrubbed
from agent.doctor.finding import Finding, Result
from agent.doctor.veil import Veil, spellings
from agent.errors import SimgateError
from agent.modems.scrub import Scrubber
from agent.sync.request import Secret
from hw.simulated.modem import SimulatedModem

ICCID, IMSI, IMEI, NUMBER, PIN = "8944200053671052494", "234151234567890", "490154203237518", "+447700900123", "8642"
SECRET = 'k3y/"nobody"-may+see'
FILES = {"findings.json", "status.json", "queue.json", "configuration.json", "journal.txt", "kernel.txt", "versions.txt"}

WRITTEN = [
    *(f"the SIM {one}" for one in (ICCID, IMSI, IMEI, NUMBER, NUMBER[1:], "07700900123", "0044 7700 900123", "+44 7700 900-123")),
    f'+CNUM: "","{NUMBER}",145',
    f"+CRSM: 144,0,{ef_iccid(ICCID)}",
    f"+CRSM: 144,0,{ef_imsi(IMSI)}",
    f"+CRSM: 144,0,{ef_msisdn(NUMBER[1:], 0x91, 'Ada')}",
    *(f"in hex {form}" for one in (ICCID, IMSI, IMEI, NUMBER) for form in forms(one)),
    f'+CNUM: "","{ucs2(NUMBER)}",145',
    f"usb 1-1.2: SerialNumber: {IMEI}",
    f'{{"iccid": "{ICCID}", "number": "{NUMBER}"}}',
    f"/dev/serial/by-id/usb-Modem_{IMEI}-if02-port0",
    f"Authorization: Bearer {SECRET}",
    f"in JSON {json.dumps(SECRET)}",
    f"PIN {PIN} of it",
]
PIECES = [part for one in (ICCID, IMSI, IMEI, NUMBER) for part in (one, one[-9:] if one.startswith("+") else one[:14])]


def veil() -> Veil:
    return Veil(b"salt", [ICCID, NUMBER], [PIN], Secret(SECRET))


def leaks(text: str) -> list[str]:
    """What of it stands in the text in some form, also in groups."""
    whole = text.upper()
    places = [whole, re.sub(r"[ -]", "", whole)]
    found = [part for part in PIECES for form in forms(part) for place in places if form in place]
    found += [PIN] * bool(re.search(rf"(?<!\d){PIN}(?!\d)", text))
    return found + [SECRET] * any(one in text for one in (SECRET, json.dumps(SECRET)[1:-1]))


def test_the_search_finds_each_of_them() -> None:
    assert [line for line in WRITTEN if not leaks(line)] == []
    assert all(leaks(spelling) for one in (ICCID, NUMBER) for spelling in forms(one))


@pytest.mark.parametrize("line", WRITTEN)
def test_no_identity_gets_through_however_it_is_written(line: str) -> None:
    stamps = ("", "2026-11-25T16:48:33+0000 rack1 simgate[412]: ", "[   12.345678] ")
    for stamp in stamps:
        shown = veil().lines(f"{stamp}{line}\n")
        assert leaks(shown) == [], shown
        assert "900123" not in shown
        assert shown.startswith(stamp)


def test_what_is_known_is_hidden_even_where_nothing_else_has_found_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scrubber, "words", lambda _self, text: text)
    for one in (ICCID, NUMBER):
        for form in forms(one):
            assert veil().words(f"x{form}y {form.lower()}") == f"x{'*' * len(form)}y {'*' * len(form)}"
    assert veil().words(f"the SIM {IMSI}") == f"the SIM {IMSI}", "nobody has told it"


def test_the_spellings_are_those_of_the_standards() -> None:
    for one in (ICCID, NUMBER, IMSI):
        assert set(forms(one)) <= set(spellings(one))


def test_what_helps_stays_readable() -> None:
    line = "2026-11-25T16:48:33+0000 rack1 simgate[412]: WARNING rack1-07: no AT port on /dev/ttyUSB2 (2c7c:0125), 3 tries in 25 s\n"
    assert veil().lines(line) == line
    kernel = "[   12.345678] usb 1-1.2: new high-speed USB device number 5 using xhci_hcd\n"
    assert veil().lines(kernel) == kernel


CONFIGURATION = f"""
[gateway]
id = "rack1"
[endpoint]
url = "https://ada:{SECRET.replace('"', "")}@partner.example"
api_key_file = 'the-{SECRET.replace('"', "")}-itself'
[[slot]]
name = "rack1-01"
usb = "1-1.2"
[[card]]  # PIN {PIN}
iccid = "{ICCID}"
number = "{NUMBER}"
pin = "{PIN}"
pni = "9753"
[[card]]
iccid = {ICCID}
pin = {PIN}
[notes]
sim = "9753"
"""


def papers(directory: Path, configuration: str) -> Papers:
    (directory / "simgate.toml").write_text(configuration)
    log = "".join(f"2026-11-25T16:48:33+0000 rack1 simgate[412]: {line}\n" for line in WRITTEN)
    status = {"since": 1763876000, "slots": [{"slot": "rack1-01", "number": NUMBER, "iccid": ICCID, "why": f"{NUMBER} is held by {PIN}"}]}
    finding = Finding("slots", Result.WARNING, f"rack1-02: slot rack1-01 already sells the number {NUMBER}")
    return Papers([finding], status, [{"added": [NUMBER]}], directory / "simgate.toml", log, log, "python: 3.11.7\n")


def test_the_whole_archive_holds_no_identity_and_every_paper(tmp_path: Path) -> None:
    file = tmp_path / "help.tar.gz"
    file.write_bytes(b"an older one")
    file.chmod(0o644)
    pack(file, scrubbed(papers(tmp_path, CONFIGURATION), veil()), 1763876000.0)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    texts = unpacked(file)
    assert texts.keys() == FILES
    assert {name: leaks(text) for name, text in texts.items()} == {name: [] for name in FILES}
    assert "nobody" not in texts["configuration.json"]
    assert "9753" not in texts["configuration.json"], "a PIN under a key that is misspelt is one all the same"
    configuration = json.loads(texts["configuration.json"])
    assert configuration["slot"] == [{"name": "rack1-01", "usb": "1-1.2"}]
    assert configuration["endpoint"] == {"url": "***", "api_key_file": "***"}
    assert [set(card) for card in configuration["card"]] == [{"iccid", "number", "pin", "pni"}, {"iccid", "pin"}]
    status = json.loads(texts["status.json"])
    assert status["since"] == 1763876000
    assert status["slots"][0]["iccid"][:7] == ICCID[:7]
    assert status["slots"][0]["number"] in texts["findings.json"], "one pseudonym, wherever it stands"


def test_a_configuration_that_is_no_toml_stays_at_home(tmp_path: Path) -> None:
    texts = scrubbed(papers(tmp_path, f'[[card]\npin = "{PIN}"\n'), veil())
    assert texts["configuration.json"] == "null\n"


def test_an_archive_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(SimgateError, match=r"cannot be written: .*; name a file in a directory of yours"):
        pack(tmp_path / "absent" / "help.tar.gz", {}, 0.0)


async def test_the_archive_of_a_running_gateway(tmp_path: Path) -> None:
    modem = SimulatedModem("quectel-ec25", sim(), delay=0.0)
    file = tmp_path / "help.tar.gz"
    async with gate(tmp_path, [modem], more=f'\n[[card]]\niccid = "{sim().iccid}"\npin = "{PIN}"\n') as rack:
        await rack.on_sale(sim().number)
        visit = await asyncio.to_thread(visited, str(rack.file))
        await asyncio.to_thread(write, file, str(rack.file), visit)
    assert "+ ok       key            the endpoint accepts the key (test1: nothing was saved)" in list(map(str, visit.found))
    texts = unpacked(file)
    assert texts.keys() == FILES
    whole = "\n".join(texts.values())
    originals = (sim().iccid, sim().imsi, str(sim().number), modem.state.imei)
    assert [one for one in originals for form in forms(one) if form in whole.upper()] == []
    assert KEY not in whole
    assert not re.search(rf"(?<!\d){PIN}(?!\d)", texts["configuration.json"])
    assert json.loads(texts["status.json"])["slots"][0]["state"] == "ready"
    assert {one["check"] for one in json.loads(texts["findings.json"])} >= {"configuration", "agent", "key"}
    assert "python: 3." in texts["versions.txt"]


def unpacked(file: Path) -> dict[str, str]:
    with tarfile.open(file, "r:gz") as archive:
        names = archive.getnames()
        opened = [archive.extractfile(name) for name in names]
        texts = [one.read().decode() for one in opened if one is not None]
    assert all(name.startswith("simgate/") for name in names)
    return {name.removeprefix("simgate/"): text for name, text in zip(names, texts, strict=True)}
