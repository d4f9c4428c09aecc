"""Every drawing of hw/README.md; the values are reckoned there."""

from collections.abc import Callable, Mapping
from typing import Final

from hw.drawings.pen import Drawing


def bare_header() -> Drawing:
    """A switch to ground and an LED, at the pins themselves."""
    sheet = Drawing(720, 372, "Presence switch and LED at the bare header")
    sheet.box((20, 20), 210, 332, "Raspberry Pi header")
    sheet.rail((56, 78), "3.3 V")
    sheet.resistor((56, 78), (56, 138), "pull-up\ninside", inside=True)
    sheet.wire((56, 138), (230, 138), kind="wire inside")
    _presence(sheet, 138, 196)
    sheet.pin((230, 262), "GPIO5 · pin 29", "right")
    sheet.resistor((230, 262), (350, 262), "330 Ω")
    sheet.led((350, 262), (500, 262), "LED of the slot")
    sheet.wire((500, 262), (620, 262), (620, 322), (230, 322))
    sheet.pin((230, 322), "GND · pin 30", "right")
    sheet.text((640, 148), "low =\ncard in", "note")
    sheet.text((640, 272), "high =\nlit", "note")
    sheet.text((250, 66), 'presence = "GPIO17"\npresence_active = "low"', "code")
    sheet.text((250, 224), 'led = "GPIO5"', "code")
    return sheet


def _presence(sheet: Drawing, line: float, ground: float) -> None:
    sheet.text((221, line + 20), "GPIO17 · pin 11", "", "end")
    sheet.pin((230, line), "", "right")
    sheet.resistor((230, line), (350, line), "1 kΩ")
    sheet.switch((350, line), (560, line), "switch in the SIM holder")
    sheet.wire((560, line), (620, line), (620, ground), (230, ground))
    sheet.pin((230, ground), "GND · pin 9", "right")


def presence_5v() -> Drawing:
    """An output of 5 V, through a transistor."""
    sheet = Drawing(720, 300, "Presence from a 5 V output through a transistor")
    sheet.box((20, 20), 190, 260, "Raspberry Pi header")
    sheet.rail((48, 78), "3.3 V")
    sheet.resistor((48, 78), (48, 138), "pull-up\ninside", inside=True)
    sheet.wire((48, 138), (210, 138), kind="wire inside")
    sheet.text((201, 158), "GPIO17 · pin 11", "", "end")
    sheet.pin((210, 138), "", "right")
    sheet.pin((210, 246), "GND · pin 9", "right")
    ends = sheet.mosfet((362, 184), "n", "BSS138", gate_right=True)
    sheet.resistor((210, 138), (ends["drain"][0], 138), "1 kΩ")
    sheet.wire((ends["drain"][0], 138), ends["drain"])
    sheet.wire(ends["source"], (ends["source"][0], 246))
    sheet.resistor(ends["gate"], (510, 184), "10 kΩ")
    sheet.box((540, 100), 160, 166, "SIM holder")
    sheet.text((620, 142), "5 V while\na card is in", "note", "middle")
    sheet.wire((510, 184), (540, 184))
    sheet.dot((520, 184))
    sheet.resistor((520, 184), (520, 246), "100 kΩ", left=True)
    sheet.dot((520, 246))
    sheet.wire((210, 246), (540, 246))
    sheet.dot((ends["source"][0], 246))
    sheet.pin((540, 184), "output", "left")
    sheet.pin((540, 246), "GND", "left")
    sheet.text((232, 48), 'presence = "GPIO17"\npresence_active = "low"', "code")
    sheet.text((232, 84), "The transistor turns the level over:\n5 V at the holder is low at the pin.", "note")
    return sheet


def led_5v() -> Drawing:
    """An LED, or several, that need more than a pin may give."""
    sheet = Drawing(720, 300, "A brighter LED, fed with 5 V through a transistor")
    sheet.box((20, 20), 190, 260, "Raspberry Pi header")
    sheet.pin((210, 90), "5 V · pin 2", "right")
    sheet.pin((210, 190), "GPIO18 · pin 12", "right")
    sheet.pin((210, 252), "GND · pin 14", "right")
    ends = sheet.mosfet((470, 190), "n", "BSS138")
    drain, source = ends["drain"], ends["source"]
    sheet.resistor((210, 90), (330, 90), "330 Ω")
    sheet.led((330, 90), (drain[0], 90), "LED, 9 mA")
    sheet.wire((drain[0], 90), drain)
    sheet.resistor((210, 190), (330, 190), "100 Ω")
    sheet.wire((330, 190), ends["gate"])
    sheet.dot((390, 190))
    sheet.resistor((390, 190), (390, 252), "10 kΩ", left=True)
    sheet.dot((390, 252))
    sheet.wire((210, 252), (source[0], 252), source)
    sheet.text((232, 44), 'led = "GPIO18"', "code")
    sheet.text((540, 120), "Dark while the\npin floats: 10 kΩ\nholds the gate low.", "note")
    return sheet


def power_5v() -> Drawing:
    """The 5 V of one USB modem."""
    sheet = Drawing(760, 400, "A power line: the 5 V of one modem, on while the pin floats")
    sheet.box((20, 20), 180, 360, "Raspberry Pi header")
    sheet.pin((200, 180), "3.3 V · pin 1", "right")
    sheet.pin((200, 266), "GPIO22 · pin 15", "right")
    sheet.pin((200, 348), "GND · pin 14", "right")
    low = sheet.mosfet((390, 266), "n", "Q2 BSS138")
    sheet.resistor((200, 266), (300, 266), "1 kΩ")
    sheet.wire((300, 266), low["gate"])
    sheet.wire((200, 180), (320, 180))
    sheet.resistor((320, 180), (320, 266), "10 kΩ", left=True)
    sheet.dot((320, 266))
    sheet.wire(low["source"], (low["source"][0], 348))
    high = sheet.mosfet((520, 138), "p", "Q1 AO3401A")
    x, gate = high["source"][0], high["gate"]
    sheet.text((228, 52), "5 V of the modems' own supply", "head")
    sheet.wire((228, 66), (x, 66), high["source"])
    sheet.resistor((440, 66), (440, 138), "100 kΩ", left=True)
    sheet.dot((440, 66))
    sheet.wire((440, 138), gate)
    sheet.dot((440, 138))
    sheet.wire((low["drain"][0], 138), (440, 138))
    sheet.resistor((low["drain"][0], 138), low["drain"], "10 kΩ", left=True)
    sheet.dot((470, 138))
    sheet.wire((470, 138), (470, 196))
    sheet.capacitor((470, 196), (x, 196), "")
    sheet.text((501, 224), "220 nF", "", "middle")
    sheet.dot((x, 196))
    _load(sheet, x, high["drain"][1])
    sheet.wire((200, 348), (660, 348))
    sheet.dot((low["source"][0], 348))
    sheet.text((228, 372), 'power = "GPIO22"', "code")
    sheet.text((362, 372), 'power_active = "high"', "code")
    return sheet


def _load(sheet: Drawing, x: float, drain: float) -> None:
    sheet.box((660, 20), 84, 360, "Modem")
    sheet.wire((x, drain), (x, 196), (660, 196))
    sheet.pin((660, 196), "5 V", "left")
    for at in (575, 632):
        sheet.dot((at, 196))
        sheet.dot((at, 348))
    sheet.resistor((575, 196), (575, 348), "1 kΩ", left=True)
    sheet.capacitor((632, 196), (632, 348), "1000\nµF", left=True)
    sheet.pin((660, 348), "GND", "left")
    sheet.text((702, 262), "D+ and D−\nto the hub", "note", "middle")


def power_3v3() -> Drawing:
    """The 3.3 V of one mini-PCIe modem, switched by a line of an expander."""
    sheet = Drawing(720, 320, "A power line on 3.3 V: a mini-PCIe slot, on while the line floats")
    sheet.box((20, 20), 170, 280, "MCP23017 at 0x22")
    sheet.pin((190, 150), "A0 · line 0", "right")
    sheet.pin((190, 262), "VSS", "right")
    ends = sheet.mosfet((420, 150), "p", "P-MOSFET")
    x = ends["source"][0]
    sheet.text((212, 52), "3.3 V of the carrier, for the modems", "head")
    sheet.wire((212, 70), (x, 70), ends["source"])
    sheet.wire((190, 150), (250, 150))
    sheet.dot((236, 150))
    sheet.resistor((236, 150), (236, 262), "100 kΩ")
    sheet.dot((236, 262))
    sheet.resistor((250, 150), (350, 150), "47 kΩ")
    sheet.wire((350, 150), ends["gate"])
    sheet.dot((366, 150))
    sheet.wire((366, 150), (366, 206))
    sheet.capacitor((366, 206), (x, 206), "")
    sheet.text((399, 234), "22 nF", "", "middle")
    sheet.dot((x, 206))
    sheet.wire(ends["drain"], (x, 206), (590, 206))
    for at in (480, 560):
        sheet.dot((at, 206))
        sheet.dot((at, 262))
    sheet.resistor((480, 206), (480, 262), "1 kΩ", left=True)
    sheet.capacitor((560, 206), (560, 262), "1000\nµF", left=True)
    sheet.wire((190, 262), (590, 262))
    sheet.box((590, 120), 110, 180, "mini-PCIe slot")
    sheet.pin((590, 206), "3.3Vaux", "left")
    sheet.pin((590, 262), "GND", "left")
    sheet.text((212, 290), 'power = "1-0022:0"', "code")
    sheet.text((362, 290), 'power_active = "low"', "code")
    return sheet


def mcp23017() -> Drawing:
    """An I2C expander with the switch and the LED of one slot."""
    sheet = Drawing(760, 440, "An MCP23017 expander: I2C, interrupt, address, one slot")
    sheet.box((20, 20), 180, 250, "Raspberry Pi header")
    sheet.box((330, 20), 130, 400, "MCP23017")
    joined = (
        (72, "3.3 V · pin 1", "VDD"),
        (132, "GPIO2 SDA · pin 3", "SDA"),
        (166, "GPIO3 SCL · pin 5", "SCL"),
        (200, "GPIO4 · pin 7", "INTA"),
        (240, "GND · pin 9", "VSS"),
    )
    for y, pi, chip in joined:
        sheet.wire((200, y), (330, y))
        sheet.pin((200, y), pi, "right")
        sheet.pin((330, y), chip, "left")
    sheet.dot((248, 72))
    sheet.wire((248, 72), (248, 104))
    sheet.resistor((248, 104), (330, 104), "10 kΩ")
    sheet.pin((330, 104), "RESET", "left")
    _address(sheet)
    _slot_at(sheet)
    sheet.rail((60, 330), "3.3 V")
    sheet.capacitor((60, 330), (60, 390), "100 nF at\nthe chip")
    sheet.ground((60, 390))
    return sheet


def _address(sheet: Drawing) -> None:
    for y, name in ((310, "A0"), (340, "A1"), (370, "A2")):
        sheet.wire((290, y), (330, y))
        sheet.pin((330, y), name, "left")
        sheet.dot((290, y))
    sheet.wire((290, 310), (290, 385))
    sheet.ground((290, 385))
    sheet.text((170, 306), "A0 A1 A2\nall GND", "note")
    sheet.text((240, 306), "0x20", "code")
    sheet.text((170, 352), "A0 3.3 V", "note")
    sheet.text((240, 352), "0x21", "code")
    sheet.text((170, 372), "A1 3.3 V", "note")
    sheet.text((240, 372), "0x22", "code")


def _slot_at(sheet: Drawing) -> None:
    sheet.text((482, 48), 'presence = "1-0020:0"', "code")
    sheet.pin((460, 100), "GPA0", "right")
    sheet.resistor((460, 100), (560, 100), "1 kΩ")
    sheet.switch((560, 100), (722, 100), "SIM holder's switch")
    sheet.ground((722, 100))
    sheet.text((482, 186), 'led = "1-0020:9"\nled_active = "low"', "code")
    sheet.pin((460, 250), "GPB1", "right")
    sheet.resistor((460, 250), (560, 250), "330 Ω")
    sheet.led((710, 250), (560, 250), "LED of the slot")
    sheet.wire((710, 250), (710, 222))
    sheet.rail((710, 222), "3.3 V")
    sheet.text((482, 326), "GPA0 to GPA7: lines 0 to 7\nGPB0 to GPB7: lines 8 to 15", "note")
    sheet.text((482, 376), "Lines 7 and 15 are outputs only:\nan LED or power, no presence line.", "note")


FIGURES: Final[Mapping[str, Callable[[], Drawing]]] = {
    "bare-header": bare_header,
    "presence-5v": presence_5v,
    "led-5v": led_5v,
    "power-5v": power_5v,
    "power-3v3": power_3v3,
    "mcp23017": mcp23017,
}
