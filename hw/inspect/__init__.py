"""What the machine says of itself: files under /proc, /sys, /etc and /run, and a few commands that only ask."""
