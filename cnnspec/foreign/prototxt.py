"""Protocol buffers in their text form, as Caffe writes its networks: messages of fields, each with all its values."""

import re
from collections import defaultdict
from collections.abc import Iterator

from cnnspec.foreign.growing import Unread

DEEPEST = 24
"""Messages inside of messages; Caffe's own go four deep."""
MOST_TOKENS = 1_000_000
_TOKEN = re.compile(
    r"""(?P<blank>[\s,;]+|\#[^\n]*)
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<word>[A-Za-z_][A-Za-z0-9_.]*)
    |(?P<number>[+-]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf|nan)f?)
    |(?P<mark>[{}<>:\[\]])""",
    re.VERBOSE,
)
_OPENS = {"{": "}", "<": ">"}


class Message:
    """The fields of a message by name, each with its values in order; `line` is where it begins."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.fields: dict[str, list[str | Message]] = defaultdict(list)

    def messages(self, name: str) -> list["Message"]:
        """The values of a field that are messages themselves."""
        return [each for each in self._values(name) if isinstance(each, Message)]

    def message(self, name: str) -> "Message":
        """The only message of a field, or an empty one."""
        return next(iter(self.messages(name)), Message(self.line))

    def words(self, name: str) -> list[str]:
        """The values of a field that are words, numbers or texts."""
        return [each for each in self._values(name) if isinstance(each, str)]

    def word(self, name: str, default: str = "") -> str:
        """The last word of a field, which is the one that counts."""
        return (self.words(name) or [default])[-1]

    def _values(self, name: str) -> "list[str | Message]":
        return self.fields.get(name, [])

    def wholes(self, name: str) -> list[int]:
        """The whole numbers of a field."""
        words = self.words(name)
        if not all(re.fullmatch(r"[+-]?\d{1,15}", word) for word in words):
            raise Unread(f"line {self.line}: {name} is {', '.join(words)[:60]}, expected whole numbers")
        return list(map(int, words))

    def whole(self, name: str, default: int) -> int:
        """A whole number."""
        return (self.wholes(name) or [default])[-1]

    def number(self, name: str, default: float) -> float:
        """Any number."""
        word = self.word(name, str(default))
        try:
            return float(word.rstrip("f"))
        except ValueError:
            raise Unread(f"line {self.line}: {name} is {word[:60]}, expected a number") from None

    def flag(self, name: str, default: bool) -> bool:
        """Yes or no."""
        return {"true": True, "1": True, "false": False, "0": False}.get(self.word(name).lower(), default)

    def told(self) -> str:
        """What it says, in a line."""
        parts = []
        for name, values in self.fields.items():
            parts += [f"{name} {each if isinstance(each, str) else '{' + each.told() + '}'}" for each in values]
        return ", ".join(parts)


Token = tuple[int, str, str]
"""Line, form, text."""


def read_message(text: str) -> Message:
    """The message that a file holds; raises Unread where it is none."""
    whole = Message(1)
    open_ones: list[tuple[Message, str]] = [(whole, "")]
    tokens = _tokens(text)
    for line, form, token in tokens:
        message, closing = open_ones[-1]
        if form == "mark" and token == closing:
            open_ones.pop()
            continue
        if form != "word":
            raise Unread(f"line {line}: {token[:40]}, expected the name of a field")
        _read_field(token, line, message, tokens, open_ones)
    if len(open_ones) > 1:
        raise Unread(f"the brace that is opened in line {open_ones[-1][0].line} is never closed")
    return whole


def _read_field(
    name: str, line: int, message: Message, tokens: Iterator[Token], open_ones: list[tuple[Message, str]]
) -> None:
    """A field's value; one that is a message stays open."""
    line, form, token = _next(tokens, line)
    if token == ":" and form == "mark":
        line, form, token = _next(tokens, line)
    if form == "mark" and token in _OPENS:
        if len(open_ones) > DEEPEST:
            raise Unread(f"line {line}: more than {DEEPEST} braces inside each other, where Caffe has four")
        inner = Message(line)
        message.fields[name].append(inner)
        open_ones.append((inner, _OPENS[token]))
    elif form == "mark" and token == "[":
        while (token := _next(tokens, line)[2]) != "]":
            message.fields[name].append(_plain(token, line))
    else:
        message.fields[name].append(_plain(token, line))


def _plain(token: str, line: int) -> str:
    if token[0] in "\"'":
        return re.sub(r"\\(.)", r"\1", token[1:-1])
    if token in "{}<>:[]":
        raise Unread(f"line {line}: {token}, expected a value")
    return token


def _next(tokens: Iterator[Token], line: int) -> Token:
    found = next(tokens, None)
    if found is None:
        raise Unread(f"it ends in line {line}, where a value is expected")
    return found


def _tokens(text: str) -> Iterator[Token]:
    at, line, count = 0, 1, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unread(f"line {line}: {text[at : at + 20].split(chr(10))[0]!r} is no part of a message")
        form, token, at = str(match.lastgroup), match[0], match.end()
        count += 1
        if count > MOST_TOKENS:
            raise Unread(f"more than {MOST_TOKENS:,} words")
        if form != "blank":
            yield line, form, token
        line += token.count("\n")
