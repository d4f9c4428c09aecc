"""simgate: the partner's list of numbers on sale is exactly the SIMs that can be sold right now."""

VERSION = "0.1.0"
