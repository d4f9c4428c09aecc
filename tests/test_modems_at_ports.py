"""Which tty is the AT port: USB ids and interface numbers, never the number of the tty; diagnostics and GNSS are never written to."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import agent.modems
from agent.modems.at_ports import PortRoles, at_ports, port_roles, without_at
from agent.modems.library import shipped
from agent.modems.notes import parse_note
from agent.ports import Candidate

NOTES = shipped()
NOTE = """+++
name = "bench"
[usb]
"{usb}" = {interfaces}
[[iccid]]
send = "AT+CCID"
prefix = [""]
+++
"""


def ttys(usb_id: str | None, *interfaces: int) -> list[Candidate]:
    """Numbered against the order of interfaces: a tty's number says nothing."""
    return [Candidate(f"/dev/ttyUSB{90 - number}", usb_id, number) for number in interfaces]


def chosen(candidates: list[Candidate]) -> list[int | None]:
    return [candidate.interface for candidate in at_ports(candidates, NOTES.profiles, NOTES.roles)]


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (3, 0, 4, 1, 2)])
def test_an_ec25_is_asked_at_2_then_3_and_never_at_diagnostics_or_gnss(order: tuple[int, ...]) -> None:
    assert chosen(ttys("2c7c:0125", *order)) == [2, 3, 4]


@pytest.mark.parametrize(
    ("usb_id", "interfaces", "expected"),
    [
        ("1e0e:9001", range(6), [2, 3, 5]),  # 0 diagnostics, 1 NMEA, 4 audio
        ("2c7c:0296", range(4), [2, 3]),
        ("2c7c:6002", range(5), [3, 4, 0, 1]),  # 2 GNSS
        ("2c7c:0901", range(9), [2, 7, 0, 1, 4, 5, 6]),  # 3 diagnostics, 8 GNSS
        ("1bc7:1201", range(7), [4, 5, 1, 2]),  # 0 diagnostics, 3 GNSS, 6 not to be touched
        ("1e0e:9011", range(6), [4, 5, 0, 1, 3]),  # 2 GNSS
        ("1199:9071", range(4), [3, 1]),  # 0 diagnostics, 2 NMEA
    ],
)
def test_known_ids_are_asked_in_the_order_of_the_port_rules(usb_id: str, interfaces: range, expected: list[int]) -> None:
    assert chosen(ttys(usb_id, *interfaces)) == expected


def test_an_unknown_modem_is_asked_in_the_order_of_its_interfaces() -> None:
    assert chosen(ttys("dead:beef", 3, 0, 10, 2)) == [0, 2, 3, 10]


def test_a_pty_is_itself() -> None:
    pty = Candidate("/tmp/rack/slot1")
    assert at_ports([pty], NOTES.profiles, NOTES.roles) == [pty]


def test_no_modem_has_no_port() -> None:
    assert at_ports([], NOTES.profiles, NOTES.roles) == []


def test_a_modem_that_shows_only_forbidden_ports_is_not_written_to() -> None:
    assert chosen(ttys("2c7c:0125", 0, 1)) == []


def test_a_note_overrules_the_table() -> None:
    table = {"2c7c:0125": PortRoles((2, 3), (0, 1))}
    note = parse_note("bench", NOTE.format(usb="2c7c:0125", interfaces="[1]"))
    found = at_ports(ttys("2c7c:0125", 0, 1, 2, 3), [note], table)
    assert [candidate.interface for candidate in found] == [1, 2, 3]


def test_a_note_for_one_id_leaves_the_others_alone() -> None:
    table = {"2c7c:0125": PortRoles((2, 3), (0, 1))}
    note = parse_note("bench", NOTE.format(usb="dead:beef", interfaces="[7]"))
    assert [candidate.interface for candidate in at_ports(ttys("2c7c:0125", 0, 2), [note], table)] == [2]
    assert [candidate.interface for candidate in at_ports(ttys("dead:beef", 0, 7), [note], table)] == [7, 0]


def test_two_notes_for_one_id_lose_no_port_of_either() -> None:
    table = {"05c6:9000": PortRoles((2, 3), (0, 1))}
    notes = [parse_note("bench", NOTE.format(usb="05c6:9000", interfaces=at)) for at in ("[2]", "[5, 2]", "[1]")]
    for order in (notes, notes[::-1]):
        found = [candidate.interface for candidate in at_ports(ttys("05c6:9000", 0, 1, 2, 3, 4, 5), order, table)]
        assert found[0] == order[0].usb["05c6:9000"][0]
        assert (set(found[:4]), found[4:]) == ({1, 2, 3, 5}, [4])


def test_an_id_that_two_notes_name_keeps_what_is_never_written_to() -> None:
    sharers = [profile.name for profile in NOTES.profiles if "1e0e:9001" in profile.usb]
    assert sharers == ["simcom-sim7000", "simcom-sim7600"]
    assert chosen(ttys("1e0e:9001", *range(6))) == [2, 3, 5]


@pytest.mark.parametrize(
    ("usb_id", "says"),
    [
        ("12d1:14dc", "HiLink"),
        ("12d1:1f01", "HiLink"),
        ("12d1:1446", "CD-ROM"),
        ("19d2:2000", "CD-ROM"),
        ("19d2:1405", "web mode"),
        ("19d2:0016", None),
        ("2c7c:0125", None),
        ("dead:beef", None),
        (None, None),
    ],
)
def test_where_there_is_no_at_port_a_note_says_why(usb_id: str | None, says: str | None) -> None:
    why = without_at(NOTES.profiles, usb_id)
    assert why is None if says is None else says in (why or "")


@given(
    st.lists(
        st.builds(
            Candidate,
            st.text("ab", min_size=1),
            st.sampled_from([None, "2c7c:0125", "1bc7:1201", "dead:beef"]),
            st.none() | st.integers(0, 12),
        )
    )
)
def test_no_port_is_invented_doubled_or_lost_but_the_forbidden(candidates: list[Candidate]) -> None:
    forbidden = {"2c7c:0125": {0, 1}, "1bc7:1201": {0, 3, 6}}
    left = [one for one in candidates if one.interface not in forbidden.get(one.usb_id or "", set())]
    assert sorted(at_ports(candidates, NOTES.profiles, NOTES.roles), key=repr) == sorted(left, key=repr)


def test_the_shipped_table_is_in_order_and_contradicts_neither_itself_nor_the_notes() -> None:
    roles = port_roles((Path(agent.modems.__file__).parent / "at_ports.toml").read_text("utf-8"))
    assert len(roles) > 200
    assert [usb_id for usb_id, role in roles.items() if set(role.at) & set(role.never)] == []
    assert [usb_id for usb_id, role in roles.items() if len(set(role.at)) != len(role.at)] == []
    for profile in NOTES.profiles:
        known = {usb_id: (at, roles[usb_id]) for usb_id, at in profile.usb.items() if usb_id in roles}
        assert [usb_id for usb_id, (at, role) in known.items() if role.at and at != role.at] == []
        assert [usb_id for usb_id, (at, role) in known.items() if set(at) & set(role.never)] == []
