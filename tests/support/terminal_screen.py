"""What a person sees who watches a terminal: text with the control sequences that move and erase carried out."""

import re

_TOKEN = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b[=>]|([\r\n])|([^\x1b\r\n]+)")


def seen(output: str) -> list[str]:
    """The lines that stand there in the end, those that scrolled away included."""
    lines: list[list[str]] = [[]]
    row = column = 0
    for arguments, command, control, text in (match.groups() for match in _TOKEN.finditer(output)):
        if control:
            column = 0
            row += control == "\n"
            lines += [[]] if row == len(lines) else []
        elif text:
            line = lines[row]
            line += " " * (column - len(line))
            line[column : column + len(text)] = text
            column += len(text)
        elif command == "A":
            row = max(0, row - int(arguments or 1))
        elif command == "K" and arguments == "2":
            lines[row] = []
    return ["".join(line).rstrip() for line in lines]
