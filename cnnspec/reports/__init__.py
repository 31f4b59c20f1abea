"""What people and scripts read: each report collects values, lays them out, then prints."""
