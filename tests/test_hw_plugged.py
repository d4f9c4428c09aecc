"""hw/plugged on a sysfs tree laid out as the kernel does: every modem by the socket that it is in."""

from pathlib import Path

import pytest
from sysfs import Tree

from hw.plugged import Plugged, plugged


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_every_modem_is_found_once_with_its_ttys_in_the_order_of_its_interfaces(tree: Tree) -> None:
    tree.modem("1-1.10", "2C7C:0125")
    for number, name in ((3, "ttyUSB0"), (2, "ttyUSB2")):
        tree.usb_serial("1-1.10", number, name)
    tree.modem("1-1.9", "1234:abcd")
    tree.acm("1-1.9", 0, "ttyACM0")
    assert plugged(tree.sysfs) == [
        Plugged("1-1.9", "1234:abcd", "", ("ttyACM0",)),
        Plugged("1-1.10", "2c7c:0125", "", ("ttyUSB2", "ttyUSB0")),
    ]


def test_what_a_modem_calls_itself_is_reduced_to_what_a_comment_can_hold(tree: Tree) -> None:
    tree.modem("1-1", "1234:abcd")
    tree.acm("1-1", 0, "ttyACM0")
    (tree.home("1-1") / "manufacturer").write_bytes(b"A\nB\x00\xff\n")
    (tree.home("1-1") / "product").write_text("Modem 5\n")
    assert plugged(tree.sysfs)[0].called == "AB Modem 5"


def test_a_uart_a_console_and_what_has_no_tty_are_no_modems(tree: Tree) -> None:
    tree.modem("1-2", "0424:9514")
    (tree.tty / "console").mkdir()
    uart = tree.sysfs / "devices/platform/serial/tty/ttyAMA0"
    uart.mkdir(parents=True)
    (uart / "device").symlink_to(tree.sysfs / "devices/platform/serial")
    (tree.tty / "ttyAMA0").symlink_to(uart)
    assert plugged(tree.sysfs) == []


def test_a_modem_that_goes_while_it_is_looked_at_is_left_out(tree: Tree) -> None:
    tree.modem("1-2", "1234:abcd")
    tree.acm("1-2", 0, "ttyACM0")
    (tree.home("1-2") / "idVendor").unlink()
    assert plugged(tree.sysfs) == []


def test_without_sysfs_there_is_nothing(tmp_path: Path) -> None:
    assert plugged(tmp_path / "none") == []
