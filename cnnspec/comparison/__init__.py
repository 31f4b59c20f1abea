"""Two networks and their trainings held against each other: what differs in meaning, as values."""
