"""Public tables of MCC and MNC, and what is made of them; nothing here is part of the product."""
