"""What a network looked at: how much each part of what it read counts for what it says."""
