"""Text from outside, made fit for where it lands: it can neither style nor steer a terminal or a document.

Whoever writes to a terminal or a file passes every text through one of these.
"""

import json
import re

from cnnspec.source.finite import finite


def shown(text: str) -> str:
    r"""The text on one line, with every character that is not visible written out, as `\n` or `\u202e`."""
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    if character.isspace() and ord(character) > 0x9F and character not in "\u2028\u2029":
        return " "
    return character.encode("unicode_escape").decode("ascii")


_JSON_LINE = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def json_text(value: object, indent: int | None = 2) -> str:
    """JSON in which every character is visible but the line ends between values; a number that is none is null."""
    encoder = _JSON_LINE if indent is None else json.JSONEncoder(ensure_ascii=False, allow_nan=False, indent=indent)
    try:
        text = encoder.encode(value)
    except (TypeError, ValueError):  # some number is none: to look at every value takes longer than to write it
        text = encoder.encode(finite(value))
    return "\n".join(line if line.isprintable() else "".join(map(_json_visible, line)) for line in text.split("\n"))


def _json_visible(character: str) -> str:
    if character.isprintable():
        return character
    return json.dumps(character)[1:-1] if ord(character) > 0x7F else f"\\u{ord(character):04x}"


_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$&])")


def markdown(text: str) -> str:
    """The text as Markdown shows it literally, inside a table's cell too."""
    return _MARKDOWN.sub(r"\\\1", shown(text))


_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': "''", "×": r"$\times$", "…": r"\dots{}", "[": "{[}", "]": "{]}",
}  # fmt: skip


def latex(text: str) -> str:
    """The text as LaTeX sets it literally."""
    return "".join(_LATEX.get(character, character) for character in shown(text))
