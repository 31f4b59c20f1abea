"""What a sweep came to: a table, JSON, and pictures."""
