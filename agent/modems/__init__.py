"""Talking to real modems."""
