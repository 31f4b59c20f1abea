"""The spec: its keys, its expressions, and the resolution of extends, vars, variants and --set."""
