"""The rack as a living picture in a terminal: what it shows is pure, and two files alone meet the terminal."""
