"""What is true and what is on sale: pure."""
