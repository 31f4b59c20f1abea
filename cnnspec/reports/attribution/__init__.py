"""What a network looked at, to be read: tables, JSON and pages."""
