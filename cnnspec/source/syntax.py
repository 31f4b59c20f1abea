"""What was probably meant where a text is no YAML."""

from typing import Any


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
