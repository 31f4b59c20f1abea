"""What was probably meant where a text is no YAML, and tabs where YAML wants spaces."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from cnnspec.source.diagnostic import Diagnostic
from cnnspec.source.span import Span
from cnnspec.source.text import LINE_END

_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


def key_help(event: Any) -> str:
    """For a map or a list that stands where a key is expected."""
    return (
        'an expression inside {...} or [...] is quoted: "${...}"' if event.flow_style else "write the key as plain text"
    )


def syntax_help(problem: str) -> str:
    """For a problem in the words of libyaml."""
    if "'%'" in problem or "'@'" in problem or "'`'" in problem:
        return "quote a text that starts with a special character"
    if "mapping values are not allowed" in problem:
        return "a colon followed by a space starts a value: quote a text that holds one, or check the indentation"
    if "escape" in problem or "hexdecimal" in problem:
        return "in double quotes a backslash begins an escape: use single quotes, and / between the folders of a path"
    if "expected ',' or" in problem:
        return "a comma or a closing bracket is missing"
    if "block end" in problem or "expected <block end>" in problem:
        return "check the indentation: items of one list or map start in one column"
    if "could not find expected ':'" in problem:
        return "a key is followed by a colon and a space"
    return "check quotes, brackets and indentation on this line and the one before"


def tabs_in(text: str, file: str) -> Iterator[Span]:
    """The first tab of each indentation that holds one, before anything but a comment."""
    line, at = 1, 0
    for match in _INDENT.finditer(text):
        if _holds_tab(match):
            line, at = line + len(LINE_END.findall(text, at, match.start())), match.start()
            yield Span(file, line, match[0].index("\t") + 1)


def with_spaces(text: str) -> str:
    """The text with a space for each of these tabs, and for those after them on their line."""
    return _INDENT.sub(lambda match: match[0].replace("\t", " ") if _holds_tab(match) else match[0], text)


def _holds_tab(match: re.Match[str]) -> bool:
    after = match.string[match.end() : match.end() + 1]
    return "\t" in match[0] and after not in ("", "#") and not after.isspace()


def tab_in_block(tabs: Sequence[Span], failure: Diagnostic) -> Diagnostic:
    """What to say of a text that YAML refuses though all its tabs stand in texts of several lines.

    Of such a text, the first line tells the indentation, and there a tab is neither indentation nor text.
    """
    found = next((span for span in tabs if failure.span and span.line == failure.span.line), None)
    if found is None:
        return failure
    message = "a tab in the indentation of a text of several lines"
    help = "indent with spaces; where the text itself begins with a tab, say how far it is indented, as in |2"
    return Diagnostic("tab-indent", message, found, help=help)
