"""The physical world, one library a file; it sees only the ports of the agent."""
