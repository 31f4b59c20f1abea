"""The picture of a network: its structure as parts, laid out once, written as SVG, PNG, PDF, Mermaid, DOT or text."""
