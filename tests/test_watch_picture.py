"""The screenshot in the README is drawn by the repository itself, and fetches nothing."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

from agent.watch.picture import svg

ROOT = Path(__file__).parents[1]
FILE = ROOT / "agent/watch/watch.svg"
LARGEST = 20_000  # octets


def test_the_committed_picture_is_the_one_that_is_drawn() -> None:
    assert FILE.read_text("utf-8") == svg(), "python -m agent.watch.picture > agent/watch/watch.svg"


def test_it_is_small_says_that_it_is_simulated_and_fetches_nothing() -> None:
    drawn = svg()
    assert len(drawn.encode()) < LARGEST
    assert "simulated" in drawn
    assert set(re.findall(r"\w+://[^\"' ]+", drawn)) == {"http://www.w3.org/2000/svg"}, "the name of the language alone"
    assert not re.search(r"@font-face|@import|href|<script|<image|url\((?!#)", drawn)


def test_it_is_right_xml_and_shows_the_words_of_the_rack() -> None:
    words = "".join(ET.fromstring(svg()).itertext()).replace("\N{NO-BREAK SPACE}", " ")
    for said in ("25 of 32 on sale", "endpoint ok", "no modem", "check the tray contact"):
        assert said in words


def test_the_readme_shows_it() -> None:
    assert f"]({FILE.relative_to(ROOT)})" in (ROOT / "README.md").read_text("utf-8")
