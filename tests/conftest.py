"""What every test has: random tests that print how to repeat them, and no time limit of their own on a slow board."""

from hypothesis import settings

settings.register_profile("simgate", deadline=None, print_blob=True, database=None)
settings.load_profile("simgate")
