"""Comments that allow a warning on their line: `# cnnspec: allow bias-before-norm`."""

import re

from cnnspec.source.diagnostic import Diagnostic
from cnnspec.source.text import lines_of

_ALLOW = re.compile(r"#\s*cnnspec:\s*allow\s+([a-z0-9, -]+)")


class Allowances:
    """What the comments of some texts, by the files' shown names, allow; each line is looked at once."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts
        self._lines: dict[str, list[str]] = {}
        self._codes: dict[tuple[str, int], frozenset[str]] = {}

    def keeps(self, diagnostic: Diagnostic) -> bool:
        """Whether it is to be told: an error always is."""
        span = diagnostic.span
        if diagnostic.severity != "warning" or span is None:
            return True
        place = (span.file, span.line)
        if place not in self._codes:
            self._codes[place] = self._allowed(*place)
        return diagnostic.code not in self._codes[place]

    def _allowed(self, file: str, number: int) -> frozenset[str]:
        if file not in self._lines:
            self._lines[file] = lines_of(self._texts.get(file, ""))
        lines = self._lines[file]
        match = _ALLOW.search(lines[number - 1]) if 0 < number <= len(lines) else None
        return frozenset(re.split(r"[,\s]+", match[1])) if match else frozenset()
