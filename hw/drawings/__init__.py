"""The wiring drawings of hw/README.md; `python -m hw.drawings` draws them anew."""
