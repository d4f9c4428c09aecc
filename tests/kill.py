"""Kill the real process again and again: `python -m tests.kill --rounds 200 --seed N`; the work is done in killing.py."""

import sys
from pathlib import Path

# The tests know each other by their bare names.
sys.path.insert(0, str(Path(__file__).parent))

from killing import main

if __name__ == "__main__":
    main()
