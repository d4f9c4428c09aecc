"""Tables of codes -> what the splitter needs to know. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

Spans = dict[str, str]  # MCC -> MNCs, `01-05 07`
Codes = frozenset[str]
Known = tuple[dict[int, set[str]], Spans, Spans]


def spans(mncs: Iterable[str]) -> str:
    """Sorted MNCs, neighbours of one width joined: `01-05 07 700-714`."""
    runs: list[list[str]] = []
    for mnc in sorted(mncs, key=lambda mnc: (len(mnc), mnc)):
        if runs and len(runs[-1][1]) == len(mnc) and int(mnc) == int(runs[-1][1]) + 1:
            runs[-1][1] = mnc
        else:
            runs.append([mnc, mnc])
    return " ".join(first if first == last else f"{first}-{last}" for first, last in runs)


def by_mcc(codes: Iterable[str]) -> dict[str, set[str]]:
    """MCC -> MNCs."""
    found: dict[str, set[str]] = {}
    for code in codes:
        found.setdefault(code[:3], set()).add(code[3:])
    return found


def codes_of(table: Mapping[str, str]) -> Codes:
    """The codes of rows as `spans` makes them: MCC + MNC, of both widths."""
    parts = [(mcc, *span.partition("-")[::2]) for mcc, row in table.items() for span in row.split()]
    return frozenset(f"{mcc}{mnc:0{len(first)}}" for mcc, first, last in parts for mnc in range(int(first), int(last or first) + 1))


def doubted(standard: Codes, others: Sequence[Codes]) -> set[str]:
    """Codes of the rarer length in their MCC, of both if it is as many, that one table alone has, unless that is the standard's."""
    witnesses = Counter(code for table in (standard, *others) for code in table)
    found = set()
    for mcc, mncs in by_mcc(witnesses).items():
        lengths = Counter(map(len, mncs))
        if len(lengths) == 2:
            rarer = {length for length, count in lengths.items() if count == min(lengths.values())}
            found |= {mcc + mnc for mnc in mncs if len(mnc) in rarer and witnesses[mcc + mnc] == 1 and mcc + mnc not in standard}
    return found


def numbering(standard: Codes, others: Sequence[Codes], doubtful: Mapping[str, str]) -> Known:
    """(length -> MCCs that have this one only, listed MNCs of MCCs that mix the lengths, beginnings that stay open)."""
    out = doubted(standard, others) | codes_of(doubtful)
    only: dict[int, set[str]] = {2: set(), 3: set()}
    listed: Spans = {}
    for mcc, mncs in by_mcc(standard.union(*others) - out).items():
        lengths = {len(mnc) for mnc in mncs}
        if len(lengths) == 1:
            only[lengths.pop()].add(mcc)
        else:
            # No table can split what begins like a two-digit MNC and is a three-digit one too.
            begun = {mnc[:2] for mnc in mncs if len(mnc) == 3}
            listed[mcc] = spans(mnc for mnc in mncs if (mnc[:2] not in mncs if len(mnc) == 3 else mnc not in begun))
    return only, listed, {mcc: spans(mncs) for mcc, mncs in by_mcc(out).items()}


def contradicted(held_back: Codes, standard: Codes) -> set[str]:
    """Codes of a length that the standard has nowhere in their MCC: digits lost or doubled on the way, mostly."""
    lengths = {mcc: {len(mnc) for mnc in mncs} for mcc, mncs in by_mcc(standard).items()}
    return {code for code in held_back if len(code) - 3 not in lengths.get(code[:3], {len(code) - 3})}
