"""`python -m hw.drawings`: write every drawing beside this file."""

from pathlib import Path

from hw.drawings.figures import FIGURES

for name, draw in FIGURES.items():
    Path(__file__).with_name(f"{name}.svg").write_text(draw().svg(), "utf-8")
