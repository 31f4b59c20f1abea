"""Following a help: what it says to write, written."""

from cnnspec.source.diagnostic import Edit


def edited(text: str, edit: Edit) -> str:
    """The text with an edit made; the place is one line's, as YAML counts them."""
    lines = text.split("\n")
    line, start = lines[edit.span.line - 1], edit.span.column - 1
    assert start + edit.span.width <= len(line.rstrip("\r")), (line, edit)
    lines[edit.span.line - 1] = line[:start] + edit.text + line[start + edit.span.width :]
    return "\n".join(lines)
