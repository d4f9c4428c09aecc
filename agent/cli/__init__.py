"""The command line: no logic that the rest lacks."""
