"""Weights from a run or a file: found, read with care, matched by name, reported."""
