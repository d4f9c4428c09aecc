"""Coverage-guided fuzzing of everything that reads what others wrote; nothing here is part of the product."""
