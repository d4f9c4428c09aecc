"""The AT conversation as a value: no I/O, no clock, no tasks."""
