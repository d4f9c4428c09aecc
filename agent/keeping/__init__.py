"""One slot kept: its line, its modem and its card, and what is done about them."""
