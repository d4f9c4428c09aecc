"""What is owed to the endpoint, and carrying it there."""
