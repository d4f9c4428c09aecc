"""Public tables of MCC and MNC, read out of packages as PyPI, npm and Debian serve them: numbers alone, no name and no word of theirs."""

import json
import re
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree


@dataclass(frozen=True)
class Table:
    """Codes of one package, `26201` or `310260`; `origin` says where its makers had them from."""

    package: str
    origin: str
    licence: str
    codes: frozenset[str]


def _wheel(path: Path, member: str) -> bytes:
    with zipfile.ZipFile(path) as wheel:
        return wheel.read(member)


def _tar(path: Path, ending: str) -> bytes:
    with tarfile.open(path) as tar:
        for member in tar:
            if member.name.endswith(ending) and (file := tar.extractfile(member)):
                return file.read()
    raise SystemExit(f"{path}: has no {ending}")


def _deb(path: Path, member: str) -> bytes:
    unpack = subprocess.run(["dpkg-deb", "--fsys-tarfile", path], check=True, capture_output=True)
    return subprocess.run(["tar", "-xOf", "-", f".{member}"], input=unpack.stdout, check=True, capture_output=True).stdout


def _itu(path: Path) -> set[str]:
    """The lists of bulletins 1111 and 1162, and every change published since."""
    found = set()
    for part in ("1111", "1162", "incr"):
        for rows in json.loads(_wheel(path, f"mcc_mnc_genlib/raw/itut_mnc_{part}.json"))[1].values():
            found |= {row[1] for row in rows}
    return found


def _wikipedia(path: Path) -> set[str]:
    return {row["mcc"] + row["mnc"] for row in json.loads(_tar(path, "/mcc-mnc-list.json")) if row["mnc"]}


def _providers(path: Path) -> set[str]:
    tree = ElementTree.fromstring(_deb(path, "/usr/share/mobile-broadband-provider-info/serviceproviders.xml"))
    return {node.attrib["mcc"] + node.attrib["mnc"] for node in tree.iter("network-id")}


def _library(member: str) -> Callable[[Path], set[str]]:
    """The texts `262 01` in a compiled library."""
    return lambda path: {(mcc + mnc).decode() for mcc, mnc in re.findall(rb"\0([0-9]{3}) ([0-9]{2,3})(?=\0)", _deb(path, member))}


def _dissector(path: Path) -> set[str]:
    """Two C arrays of numbers: what has lost its leading zeros gets them back."""
    text = _tar(path, "/epan/dissectors/packet-e212.c").decode("utf-8", "replace")
    found = set()
    for digits in (2, 3):
        array = text.partition(f"mcc_mnc_{digits}digits_codes[]")[2].partition("};")[0]
        found |= {number.zfill(3 + digits) for number in re.findall(r"^\s*\{\s*([0-9]+),", array, re.MULTILINE)}
    return found


def _mobile_codes(path: Path) -> set[str]:
    return {mcc + mnc for mcc, mnc, *_ in json.loads(_tar(path, "/json/mnc_operators.json"))}


def _pycrate(path: Path) -> set[str]:
    text = _wheel(path, "pycrate_mobile/MCC_MNC.py").decode()
    return set(re.findall(r"^ '([0-9]+)':", text.partition("\nMNC_dict =")[2].partition("\nMCCr_dict =")[0], re.MULTILINE))


Reader = Callable[[Path], set[str]]
# File of the package, where its makers had the codes from, licence of the package, how to read it.
ITU: tuple[str, str, str, Reader] = ("mcc_mnc_p1-*.whl", "ITU-T Operational Bulletins 1111, 1162 and later", "AGPL-3.0-or-later", _itu)
BUILT_FROM: tuple[tuple[str, str, str, Reader], ...] = (
    ITU,
    ("mcc-mnc-list-*.tgz", "Wikipedia, 2023-04", "MIT; Wikipedia CC-BY-SA", _wikipedia),
    ("mobile-broadband-provider-info_*.deb", "what users of modems sent in", "public domain", _providers),
    ("libgammu8_*.deb", "network table of the program", "GPL-2.0-or-later", _library("/usr/lib/libGammu.so.8.1.42.0")),
)
HELD_BACK: tuple[tuple[str, str, str, Reader], ...] = (
    ("wireshark_*.orig.tar.*", "ITU-T Operational Bulletin 1162, amended until 2020 and by hand", "GPL-2.0-or-later", _dissector),
    ("mobile-codes-*.tar.gz", "ITU-T E.212 and Wikipedia, 2014", "BSD", _mobile_codes),
    ("pycrate-*.whl", "mcc-mnc.com, 2019", "LGPL-2.1-or-later", _pycrate),
    ("libgnokii6_*.deb", "network table of the program, 2011", "GPL-2.0-or-later", _library("/usr/lib/libgnokii.so.6.1.0")),
)


def read(folder: Path, wanted: tuple[tuple[str, str, str, Reader], ...]) -> list[Table]:
    """The tables in the packages of a folder; says of each which file it is and how many codes it has."""
    tables = []
    for pattern, origin, licence, reader in wanted:
        files = sorted(folder.glob(pattern))
        if len(files) != 1:
            raise SystemExit(f"{folder}: wanted one {pattern}, found {len(files)}; how to fetch it stands in make_numbering.py")
        # E.212 assigns no MCC of the zones 0, 1 and 8, and 999 is for private networks: whoever runs one chooses the length.
        codes = frozenset(code for code in reader(files[0]) if re.fullmatch(r"(?!999)[2-79][0-9]{4,5}", code))
        print(f"{files[0].name}: {len(codes)} codes; {origin}; {licence}")
        tables.append(Table(files[0].name, origin, licence, codes))
    return tables


def regions_held_back(folder: Path) -> dict[str, list[str]]:
    """MCC -> ISO 3166-1 regions, by another package than `regions`."""
    (source,) = folder.glob("mobile-codes-*.tar.gz")
    found: dict[str, list[str]] = {}
    for _, region, *_, mccs in json.loads(_tar(source, "/json/countries.json")):
        for mcc in mccs if isinstance(mccs, list) else [mccs]:
            if mcc:
                found.setdefault(mcc, []).append(region)
    return found


def regions(folder: Path) -> dict[str, list[str]]:
    """MCC -> ISO 3166-1 regions in which its networks are."""
    (wheel,) = folder.glob(ITU[0])
    found = {}
    for mcc, said in json.loads(_wheel(wheel, "mcc_mnc_lut/p1_mcc.json"))[1].items():
        codes = [one["cc2"] for one in said] if isinstance(said, list) else [said["cc2"]]
        found[mcc] = [code for code in codes if code]
    return found
