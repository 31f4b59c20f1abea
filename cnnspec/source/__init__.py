"""Text and its places: YAML with a span for every value, and diagnostics that point at them."""
