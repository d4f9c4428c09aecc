"""Makes agent/sim/numbering.toml and the codes that test it again: `PYTHONPATH=tests python -m tables.make_numbering FOLDER [--write]`.

FOLDER holds these packages, fetched in it by their ordinary clients (the first line with Debian 12's deb and deb-src sources):
    apt-get download libgammu8 libgnokii6 mobile-broadband-provider-info; apt-get source --download-only wireshark
    pip download --no-deps mcc-mnc-p1==1.1.0 mobile-codes==0.7 pycrate==0.8.1; npm pack mcc-mnc-list@1.1.11
Without --write it changes nothing: it shows what would be different, exit code 1 when anything would.
"""

import argparse
import difflib
import re
import sys
import textwrap
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import phonenumbers

from tables.derive import Codes, Spans, by_mcc, codes_of, contradicted, numbering, spans
from tables.packages import BUILT_FROM, HELD_BACK, Table, read, regions, regions_held_back

HERE = Path(__file__).parent
NUMBERING = HERE.parents[1] / "agent/sim/numbering.toml"
KNOWN = HERE / "known.toml"
CODES = HERE / "codes.toml"


def sources(tables: Iterable[Table]) -> str:
    """Comment lines that name the tables."""
    return "".join(f"#   {re.split('[-_][0-9]', table.package)[0]}: {table.origin}\n" for table in tables)


def block(words: Iterable[str]) -> str:
    """A TOML text of sorted words, broken at the house's width."""
    return '"""\n' + textwrap.fill(" ".join(sorted(words)), 139) + '\n"""'


def rows(table: Mapping[str, str]) -> str:
    """One TOML line per MCC."""
    return "".join(f'"{key}" = "{value}"\n' for key, value in sorted(table.items()))


def countries(found: Mapping[str, list[str]]) -> tuple[Spans, dict[str, list[str]]]:
    """(region -> its MCCs, MCC -> further regions with a calling code of their own)."""
    home: dict[str, list[str]] = {}
    also = {}
    for mcc, (first, *others) in sorted((mcc, names) for mcc, names in found.items() if names):
        home.setdefault(first, []).append(mcc)
        code = phonenumbers.country_code_for_region(first)
        if further := sorted(other for other in others if phonenumbers.country_code_for_region(other) != code):
            also[mcc] = further
    return {region: " ".join(mccs) for region, mccs in home.items()}, also


def numbering_text(tables: list[Table], folder: Path) -> str:
    """The whole of numbering.toml."""
    told = tomllib.loads((HERE / "exceptions.toml").read_text("utf-8"))
    standard, *others = [table.codes for table in tables]
    only, listed, doubtful = numbering(standard, [*others, codes_of(told["ef_ad_wrong"])], told["doubtful"])
    home, also = countries(regions(folder) | told["region"])
    return f"""\
# Which digits of an IMSI name the home network, and which country an MCC belongs to (ITU-T E.212, TS 23.003 2.2).
# Made by tests/tables/make_numbering.py: change that, or tests/tables/exceptions.toml. Facts, compared over
{sources(tables)}
[only]  # MCCs in which every MNC that is known to two tables, or to ITU-T, has this many digits
two = {block(only[2])}
three = {block(only[3])}

[listed]  # MCCs that mix the lengths: MNCs, ranges inclusive, that neither begin like a shorter one nor begin a longer one
{rows(listed)}
[doubtful]  # beginnings of MNCs about which the tables contradict each other
{rows(doubtful)}
[ef_ad_wrong]  # three-digit MNCs whose cards are known to claim two digits in EF_AD (Android, SIMRecords)
{rows(told["ef_ad_wrong"])}
[region]  # ISO 3166-1 alpha-2 (and XK) -> MCCs
{"".join(f'{region} = "{mccs}"{chr(10)}' for region, mccs in sorted(home.items()))}
[region_also]  # MCCs that serve further countries with a calling code of their own
{"".join(f'"{mcc}" = {str(names).replace(chr(39), chr(34))}{chr(10)}' for mcc, names in sorted(also.items()))}"""


def known_text(tables: list[Table]) -> str:
    """The whole of known.toml."""
    standard, *others = [table.codes for table in tables]
    witnesses = Counter(code for codes in others for code in codes - standard)
    alone = {code for code, count in witnesses.items() if count == 1}
    return f"""\
# Every MCC and MNC of the tables from which agent/sim/numbering.toml is built; made by tests/tables/make_numbering.py. Facts out of
{sources(tables)}
[known]  # to ITU-T, or to two of the others
{rows({mcc: spans(mncs) for mcc, mncs in by_mcc(standard | witnesses.keys() - alone).items()})}
[alone]  # in one table
{rows({mcc: spans(mncs) for mcc, mncs in by_mcc(alone).items()})}"""


def codes_text(tables: list[Table], standard: Codes, folder: Path) -> str:
    """The whole of codes.toml."""
    every = frozenset[str]().union(*(table.codes for table in tables))
    wrong = contradicted(every, standard)
    return (
        f"""\
# Every MCC and MNC of public tables from which agent/sim/numbering.toml was not built; made by tests/tables/make_numbering.py. Facts out of
{sources(tables)}
[codes]
{rows({mcc: spans(mncs) for mcc, mncs in by_mcc(every - wrong).items()})}
[contradicted]  # of a length that no list of ITU-T has in that MCC: `310 26` for `310 260`, mostly
{rows({mcc: spans(mncs) for mcc, mncs in by_mcc(wrong).items()})}
[region]  # MCC -> the ISO 3166-1 regions in which it is used, 2014
{rows({mcc: " ".join(names) for mcc, names in regions_held_back(folder).items()})}""".rstrip()
        + "\n"
    )


def settle(path: Path, text: str, *, write: bool) -> bool:
    """Show how a file differs, and write it when told to; False when it is left different."""
    was = path.read_text("utf-8") if path.exists() else ""
    sys.stdout.writelines(difflib.unified_diff(was.splitlines(True), text.splitlines(True), str(path), "made now"))
    if write:
        path.write_text(text, "utf-8")
    return write or was == text


def main() -> int:
    """Exit code 0 when the files are as they would be made."""
    wish = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wish.add_argument("folder", type=Path)
    wish.add_argument("--write", action="store_true")
    told = wish.parse_args()
    built, held_back = read(told.folder, BUILT_FROM), read(told.folder, HELD_BACK)
    made = {
        NUMBERING: numbering_text(built, told.folder),
        KNOWN: known_text(built),
        CODES: codes_text(held_back, built[0].codes | held_back[0].codes, told.folder),
    }
    settled = [settle(path, text, write=told.write) for path, text in made.items()]
    return 0 if all(settled) else 1


if __name__ == "__main__":
    sys.exit(main())
