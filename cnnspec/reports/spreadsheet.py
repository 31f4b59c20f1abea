"""Text from outside in the cells of a CSV file, which spreadsheets would compute."""

import re

from cnnspec.reports.safe import shown

_FORMULA = re.compile(r"'*[=+\-@＝＋－＠].")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\Z")


def cell(text: str) -> str:
    """The text as a spreadsheet shows it, which computes what begins as `=1+1`: with an apostrophe before it.

    A number is left alone. What begins with apostrophes before such a sign has one more, so that whoever takes one away
    where it stands before a formula has the text as it was.
    """
    line = shown(text)
    return f"'{line}" if _FORMULA.match(line) and not _NUMBER.match(line) else line
