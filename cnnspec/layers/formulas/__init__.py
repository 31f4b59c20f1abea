"""The formulas of layers: read from what their classes say, filled with numbers, worked out."""
