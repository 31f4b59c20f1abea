"""The run folder: its layout, its numbers, its atomic writes; nothing else knows a path inside it."""
