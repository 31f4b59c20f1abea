"""Diagnostics shown in four formats: text with excerpts, JSON, GitHub's annotations, SARIF 2.1.0."""
