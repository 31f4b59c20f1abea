"""Runs for people and for scripts: one line each, one in full, several beside each other."""
