"""hw/usb on a sysfs tree laid out as the kernel does (Documentation/ABI: sysfs-bus-usb, sysfs-class-tty)."""

import os
import shutil
from pathlib import Path

import pytest
from sysfs import Tree

from agent.errors import PortError
from agent.ports import Candidate


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_every_tty_of_a_modem_comes_with_its_id_and_interface_in_order(tree: Tree) -> None:
    tree.modem("1-1.2", "2C7C:0125")
    for number, name in ((3, "ttyUSB0"), (2, "ttyUSB2"), (10, "ttyUSB1")):
        tree.usb_serial("1-1.2", number, name)
    assert list(tree.socket("1-1.2").candidates()) == [
        Candidate(str(tree.dev / "ttyUSB2"), "2c7c:0125", 2),
        Candidate(str(tree.dev / "ttyUSB0"), "2c7c:0125", 3),
        Candidate(str(tree.dev / "ttyUSB1"), "2c7c:0125", 10),
    ]


def test_cdc_acm_ttys_are_found_and_interfaces_without_a_tty_are_not(tree: Tree) -> None:
    tree.modem("1-1.2", "05c6:9000")
    tree.acm("1-1.2", 0, "ttyACM0")
    tree.interface("1-1.2", 1)
    assert list(tree.socket("1-1.2").candidates()) == [Candidate(str(tree.dev / "ttyACM0"), "05c6:9000", 0)]


def test_a_modem_behind_a_hub_in_the_same_port_is_somebody_elses(tree: Tree) -> None:
    tree.modem("1-1.2", "1d6b:0002")
    tree.interface("1-1.2", 0)
    tree.modem("1-1.2.1", "2c7c:0125")
    tree.usb_serial("1-1.2.1", 2, "ttyUSB2")
    assert not tree.socket("1-1.2").candidates()
    assert len(tree.socket("1-1.2.1").candidates()) == 1


def test_interfaces_that_are_only_linked_beside_the_modem_are_found_too(tree: Tree) -> None:
    modem, interface = tree.bus / "1-1.2", tree.bus / "1-1.2:1.2"
    for place in (modem, interface / "ttyUSB2"):
        place.mkdir(parents=True)
    (modem / "idVendor").write_text("2c7c\n")
    (modem / "idProduct").write_text("0125\n")
    (interface / "bInterfaceNumber").write_text("02\n")
    assert list(tree.socket("1-1.2").candidates()) == [Candidate(str(tree.dev / "ttyUSB2"), "2c7c:0125", 2)]


def test_nothing_plugged_in_gives_no_candidates(tree: Tree) -> None:
    assert not tree.socket("1-1.2").candidates()


def test_a_stick_without_any_tty_still_has_its_id(tree: Tree) -> None:
    assert tree.socket("1-1.2").usb_id() is None
    tree.modem("1-1.2", "12D1:14DB")
    assert not tree.socket("1-1.2").candidates()
    assert tree.socket("1-1.2").usb_id() == "12d1:14db"


def test_a_tty_given_outright_has_the_id_of_what_is_behind_it(tree: Tree) -> None:
    tree.modem("1-1.2", "2c7c:0125")
    tree.usb_serial("1-1.2", 2, "ttyUSB2")
    assert tree.at(tree.dev / "ttyUSB2").usb_id() == "2c7c:0125"
    assert tree.at(tree.dev / "ttyUSB7").usb_id() is None


def test_what_vanishes_while_it_is_read_gives_fewer_candidates(tree: Tree) -> None:
    tree.modem("1-1.2", "2c7c:0125")
    for number in range(3):
        tree.usb_serial("1-1.2", number, f"ttyUSB{number}")
    # An unplug takes the tree away leaf by leaf: at every moment of it the socket must be readable.
    leaves = [Path(top) / name for top, dirs, files in os.walk(tree.home("1-1.2"), topdown=False) for name in (*dirs, *files)]
    counts = []
    for leaf in leaves:
        if leaf.is_symlink() or leaf.is_file():
            leaf.unlink()
        else:
            leaf.rmdir()
        counts.append(len(tree.socket("1-1.2").candidates()))
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 0


def test_garbled_attributes_give_no_candidates(tree: Tree) -> None:
    tree.modem("1-1.2", "2c7c:0125")
    tree.usb_serial("1-1.2", 2, "ttyUSB2")
    (tree.home("1-1.2") / "1-1.2:1.2/bInterfaceNumber").write_bytes(b"\xff\n")
    assert not tree.socket("1-1.2").candidates()


def test_a_tty_that_stands_on_usb_is_looked_up(tree: Tree) -> None:
    tree.modem("1-1.2", "2c7c:0125")
    tree.usb_serial("1-1.2", 2, "ttyUSB2")
    tree.acm("1-1.2", 0, "ttyACM0")
    link = tree.dev / "modem"
    link.symlink_to("ttyUSB2")
    assert list(tree.at(link).candidates()) == [Candidate(str(link), "2c7c:0125", 2)]
    assert list(tree.at(tree.dev / "ttyACM0").candidates()) == [Candidate(str(tree.dev / "ttyACM0"), "2c7c:0125", 0)]


def test_a_uart_has_no_usb_identity(tree: Tree) -> None:
    uart = tree.sysfs / "devices/platform/serial0"
    (uart / "tty/ttyAMA0").mkdir(parents=True)
    tree.publish("ttyAMA0", uart)
    assert list(tree.at(tree.dev / "ttyAMA0").candidates()) == [Candidate(str(tree.dev / "ttyAMA0"))]


def test_a_link_to_a_pty_comes_and_goes(tree: Tree) -> None:
    link = tree.dev / "modem"
    socket = tree.at(link)
    assert not socket.candidates()
    far, near = os.openpty()
    link.symlink_to(os.ttyname(near))
    assert list(socket.candidates()) == [Candidate(str(link))]
    os.close(far)
    os.close(near)
    assert not socket.candidates()


def test_a_link_to_itself_is_nothing(tree: Tree) -> None:
    link = tree.dev / "modem"
    link.symlink_to(link)
    assert not tree.at(link).candidates()


async def test_a_candidate_can_be_opened_and_one_that_has_gone_cannot(tree: Tree) -> None:
    far, near = os.openpty()
    link = tree.dev / "modem"
    link.symlink_to(os.ttyname(near))
    socket = tree.at(link)
    port = await socket.open(socket.candidates()[0].tty)
    assert port.tty == str(link)
    await port.close()
    link.unlink()
    with pytest.raises(PortError, match="no such tty"):
        await socket.open(str(link))
    os.close(far)
    os.close(near)


def test_a_rack_that_is_torn_down_reads_as_empty(tree: Tree) -> None:
    tree.modem("1-1.2", "2c7c:0125")
    tree.usb_serial("1-1.2", 2, "ttyUSB2")
    shutil.rmtree(tree.sysfs)
    assert not tree.socket("1-1.2").candidates()
    assert list(tree.at(tree.dev / "ttyUSB2").candidates()) == [Candidate(str(tree.dev / "ttyUSB2"))]
