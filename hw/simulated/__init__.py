"""A rack of simulated modems and the endpoint they sell to: the other end of every wire, shipped with the product."""
