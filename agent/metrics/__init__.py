"""Metrics for Prometheus: counts, states and times, and never whose: no number, ICCID, IMSI, IMEI or key."""
