"""Under systemd: ready, how it goes, and that every part of it goes on."""
