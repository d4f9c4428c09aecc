"""What keeps numbers off sale, or soon will: findings, each with what shows it and what mends it."""
