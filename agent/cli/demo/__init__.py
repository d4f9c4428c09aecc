"""`simgate demo`: the whole product on a simulated rack, in one process."""
