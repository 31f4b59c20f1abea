"""Good and bad specs, changed at random thousands of times: nothing raises, hangs, or reaches the terminal raw.

Every run takes the same cases, of which CNNSPEC_CASES=all takes all; CNNSPEC_FUZZ=7 takes others, and a failure prints
the case.
"""

import json
import os
import random
import re
import time
from collections.abc import Callable
from functools import partial
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from cnnspec.analysis import Analysis, analyse
from cnnspec.language.bundled import bundled_folder
from cnnspec.layers import LAYERS
from cnnspec.reports.diagnostics.as_json import as_json
from cnnspec.reports.diagnostics.github import as_github
from cnnspec.reports.diagnostics.sarif import as_sarif
from cnnspec.reports.diagnostics.text import as_text
from cnnspec.reports.page import page_for
from cnnspec.reports.summary.as_json import summary_json
from cnnspec.reports.summary.collect import collect
from cnnspec.source.codes import CODES
from cnnspec.source.text import lines_of
from cnnspec.source.values import Scalar, Sequence, Value, plain
from cnnspec.source.yaml import read_yaml
from tests.support.often import examples
from tests.support.places import TESTS

FILES = [*bundled_folder().glob("*.yaml"), *(TESTS / "specs_ok").glob("*.yaml"), *(TESTS / "specs_bad").glob("*.yaml")]
_MOST = {bundled_folder(): 2600}
"""Of the bundled specs the shorter ones: hundreds of layers take their time and show nothing that dozens do not."""
TEXTS = [
    text
    for path in sorted(FILES)
    if len(text := path.read_bytes().decode("utf-8", "replace")) < _MOST.get(path.parent, 4000)
]
GOOD = [path.read_text() for path in sorted((TESTS / "specs_ok").glob("*.yaml"))]
SEED = int(os.environ.get("CNNSPEC_FUZZ", "0"))
CHUNKS, CASES = 20, examples(100, 300)
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")

ODD = [
    "null", "~", "true", "no", "0", "-1", "1", "2", "3.5", "1e308", "1e-400", ".nan", ".inf", "-.inf",
    "99999999999999999", "1" * 410, "0x7fffffffffffffff", "1e999", "-0.0", "0x" + "f" * 5000, "0o" + "7" * 6000,
    "''", '""', "[]", "{}", "[[]]", "[null]", "{a: b}",
    "[1, [2, [3, {x: y}]]]", "a b", '"\\e[31m"', '"\\0"', '"\\u202e"', '"\\ud83d\\ude00"', "é中文😀", "$x", "${x}",
    '"${1 +"', '"${9**9**9}"', '"${[1]*9}"', '"${i}"', '"${channels}"', '"${shape[0]}"', "$$", "$", "!!int 3", "&a 3",
    "*a", "<<", "? x", "- -", "|", ">", "#", "@", "%", "`", "'", '"', "{", "}", "[", "]", ",", ":", "---", "...",
    "\t", "\x1b[2J", "\x00", "\ufeff", "\r", "\u2028", "from: x", "name: x", "repeat: 3", "repeat: 0", "when: false",
    "when: $x", "first: {}", "last: {}", "defaults:", "squeeze_excite: 2", "from: 'a.*.b'", "merge: none",
    "merge: stack", "cnnspec: 1", "extends: resnet", "extends: nowhere.yaml", "required", "auto", "same",
    "input", "projection", "pad", "identity", "concat", "relu", "batch", "2147483647", "2147483648", "$block",
    "for: {k: [1, 2]}", "divide: true", "merge: add", "shortcut: none", "\ud800",
]  # fmt: skip
NUMBERS = [
    "1e999", "-1e999", "1e308", "-1e308", "1e309", "1e-400", "5e-324", "0e999", "0e-999", "-0.0", "-0", "+0", ".nan",
    ".inf", "-.INF", str(2**31), str(2**32), str(2**53 + 1), str(2**63 - 1), str(2**63), str(-(2**63) - 1),
    str(2**64 - 1), str(2**64), str(-(2**64)), "1" * 400, "1" * 401, "9" * 5000, "0" * 5000 + "1", "0x" + "f" * 16,
    "0x" + "f" * 17, "0x" + "f" * 5000, "0o" + "7" * 21, "0o" + "7" * 6000, "0." + "0" * 390 + "1", "1" * 310 + ".5",
    "1e" + "9" * 390, "1e-" + "9" * 390,
]  # fmt: skip
WORDS = [
    *LAYERS, "residual", "parallel", "reuse", "layers", "branches", "filters", "kernel_size", "strides", "units",
    "padding", "activation", "norm", "params", "vars", "variants", "blocks", "inputs", "model", "outputs", "data",
    "training", "expect", "shape", "dtype", "source", "optimizer", "loss", "metrics", "axis", "groups",
]  # fmt: skip
TOKEN = re.compile(r"[A-Za-z0-9_.$]+|[\[\]{},:]|\S+")

Mutation = Callable[[str, random.Random], str]


def _place(text: str, draw: random.Random) -> int:
    return draw.randint(0, len(text))


def a_character(text: str, draw: random.Random) -> str:
    at = _place(text, draw)
    return text[:at] + draw.choice("\x00\x1b\t\n\r {}[]:,-#&*!|>'\"%@`$\\0aé\u202e😀") + text[at + draw.randint(0, 1) :]


def a_byte(text: str, draw: random.Random) -> str:
    data = bytearray(text.encode("utf-8", "replace"))
    for _ in range(draw.randint(1, 3)):
        if data:
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(data).decode("utf-8", "surrogateescape")


def a_line_deleted(text: str, draw: random.Random) -> str:
    lines = text.split("\n")
    del lines[draw.randrange(len(lines))]
    return "\n".join(lines)


def a_line_doubled(text: str, draw: random.Random) -> str:
    lines = text.split("\n")
    lines.insert(draw.randint(0, len(lines)), draw.choice(lines))
    return "\n".join(lines)


def lines_swapped(text: str, draw: random.Random) -> str:
    lines = text.split("\n")
    one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines)


def an_indentation(text: str, draw: random.Random) -> str:
    lines = text.split("\n")
    at = draw.randrange(len(lines))
    lines[at] = draw.choice([" " * draw.randint(0, 12) + lines[at].lstrip(), " " + lines[at], lines[at][1:]])
    return "\n".join(lines)


def cut_off(text: str, draw: random.Random) -> str:
    return text[: _place(text, draw)]


def a_token(text: str, draw: random.Random) -> str:
    """A word or value replaced by another, or by an odd one."""
    tokens = list(TOKEN.finditer(text))
    if not tokens:
        return draw.choice(ODD)
    found = draw.choice(tokens)
    other = draw.choice([draw.choice(ODD), draw.choice(WORDS), draw.choice(tokens)[0]])
    return text[: found.start()] + other + text[found.end() :]


def a_value(text: str, draw: random.Random) -> str:
    """What follows a colon or a dash on one line."""
    places = [match.end() for match in re.finditer(r"(?:: |- )", text)]
    if not places:
        return text
    at = draw.choice(places)
    end = text.find("\n", at) if draw.random() < 0.5 else at + len(re.match(r"[^,}\]\n]*", text[at:])[0])  # type: ignore[index]
    return (
        text[:at]
        + draw.choice([draw.choice(ODD), draw.choice(WORDS), f"{{{draw.choice(WORDS)}: {draw.choice(ODD)}}}"])
        + text[end:]
    )


def a_piece_of_another(text: str, draw: random.Random) -> str:
    other = draw.choice(TEXTS).split("\n")
    start = draw.randrange(len(other))
    lines = text.split("\n")
    at = draw.randint(0, len(lines))
    return "\n".join([*lines[:at], *other[start : start + draw.randint(1, 6)], *lines[at:]])


VALUES = [
    1, 2, 3, 4, 8, 16, None, True, False, 0, -1, 2, 3.5, 1e308, 2**31, 2**70, "", "x", "$x", "${x}", "${1 +",
    "${[1]}", [], {}, [[]], [1, 2], {"a": 1}, "\x1b[2J", "\u202e", "same", "relu", "auto", "${i}", "${channels}", "$n",
    float("inf"),
]  # fmt: skip


def _nodes(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a tree: the collection and the key or position in it."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in ((value, key), *_nodes(value[key]))]


def a_branch_of_the_tree(text: str, draw: random.Random) -> str:
    """A value replaced, moved, taken away, wrapped or renamed, so that the text stays YAML."""
    value = read_yaml(text, "f", lambda _: None)
    tree = plain(value) if value is not None else None
    places = _nodes(tree)
    for _ in range(draw.randint(1, 3) if places else 0):
        (parent, key), (other, at) = draw.choice(places), draw.choice(places)
        new = [draw.choice(VALUES), other[at] if at in _keys(other) else None, draw.choice(WORDS)]
        if key not in _keys(parent):
            continue
        if isinstance(parent, dict) and draw.random() < 0.3:
            parent[draw.choice(WORDS)] = parent.pop(key)
        elif draw.random() < 0.2:
            del parent[key]
        else:
            parent[key] = draw.choice([*new, [parent[key]], {draw.choice(WORDS): parent[key]}])
    return _written(tree) if places else text


def _keys(value: Any) -> Any:
    return value if isinstance(value, dict) else range(len(value))


def _written(tree: Any) -> str:
    try:
        return json.dumps(tree)
    except (ValueError, RecursionError):  # A value was put into itself.
        return "{}"


MUTATIONS: list[Mutation] = [
    a_character, a_byte, a_line_deleted, a_line_doubled, lines_swapped, an_indentation, cut_off, a_token, a_token,
    a_token, a_value, a_value, a_value, a_piece_of_another, *[a_branch_of_the_tree] * 8,
]  # fmt: skip


def case(seed: str) -> tuple[bytes, list[str], bool]:
    """A changed spec, settings for it, and whether to look at every variant."""
    draw = random.Random(seed)
    text, changes = draw.choice(TEXTS), draw.choice([1, 1, 1, 2, 3, 8])
    if draw.random() < 0.4:
        text, changes = a_branch_of_the_tree(draw.choice(GOOD), draw), draw.choice([0, 0, 1])
    for _ in range(changes):
        text = draw.choice(MUTATIONS)(text, draw) or "\n"
    settings = []
    if draw.random() < 0.1:
        path = ".".join(draw.choice([*WORDS, "0", "-1", "conv1", "²", ""]) for _ in range(draw.randint(1, 4)))
        settings = [f"{path}={draw.choice(ODD)}"]
    return text.encode("utf-8", "surrogatepass"), settings, draw.random() < 0.5


def check(analysis: Analysis, data: bytes) -> None:
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    assert (analysis.graph is None) == analysis.wrong, "no graph without a reason, none in spite of one"
    for diagnostic in analysis.diagnostics:
        assert diagnostic.code in CODES and diagnostic.message and diagnostic.span is not None
        for span in (diagnostic.span, *(note.span for note in diagnostic.notes if note.span)):
            lines = lines_of(analysis.texts.get(span.file, text))
            assert 1 <= span.line <= len(lines) and span.column >= 1 and span.width >= 1, (span, diagnostic)


def printed(analysis: Analysis) -> list[str]:
    """The diagnostics in all formats, as text for a terminal, too."""
    found, out = analysis.diagnostics, []
    for terminal in (False, True):
        console = Console(file=StringIO(), force_terminal=terminal, width=80, no_color=True)
        out.append(as_text(found, analysis.texts, page_for(console)).plain)
    out += [as_json(found), as_github(found), as_sarif(found, CODES)]
    json.loads(out[2])
    json.loads(out[4])
    if analysis.spec is not None and analysis.graph is not None:
        out.append(summary_json((collect(analysis.spec.shown, analysis.spec.reference, analysis.graph),), True))
    return out


def _scalars(value: Value) -> list[Scalar]:
    if isinstance(value, Scalar):
        return [value]
    parts = value.items if isinstance(value, Sequence) else [entry.value for entry in value]
    return [scalar for part in parts for scalar in _scalars(part)]


def with_number(text: str, scalar: Scalar, number: str) -> str:
    """The text with a number for a scalar that stands on one line."""
    lines, span = text.split("\n"), scalar.span
    line = lines[span.line - 1]
    lines[span.line - 1] = line[: span.column - 1] + number + line[span.column - 1 + span.width :]
    return "\n".join(lines)


@pytest.mark.parametrize("chunk", range(4))
def test_an_odd_number_in_the_place_of_any_value_is_read_or_refused(chunk: int) -> None:
    """Alone, in an expression, in a text, and as a variable."""
    draw = random.Random(f"{SEED}-numbers-{chunk}")
    for _ in range(CASES):
        text, number = draw.choice(GOOD), draw.choice(NUMBERS)
        root = read_yaml(text, "f", pytest.fail)
        assert root is not None
        scalar = draw.choice([each for each in _scalars(root) if each.span.width > 0 and "\n" not in each.text])
        form = draw.choice(
            [number, number, f'"${{{number}}}"', f'"a${{{number} + 1}}"', f"[{number}]", f"{{a: {number}}}"]
        )
        data = with_number(text, scalar, form).encode()
        try:
            analysis = analyse("-", (), partial(bytes, data), draw.random() < 0.5)
            check(analysis, data)
            printed(analysis)
        except Exception as error:
            raise AssertionError(f"{number[:60]} in the place of {scalar}:\n{data.decode()[:3000]}") from error


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("form", ["@", "a${x}", "${x}", "$x", "${x + 1}", "${[x][0]}", "${max(x, 1)}", "${round(x)}"])
def test_an_odd_number_is_read_or_refused_in_settings_variables_and_expectations(number: str, form: str) -> None:
    spec = f"cnnspec: 1\ninputs: {{x: [3]}}\nvars: {{x: {number}}}\nmodel: [dense: {{units: 2}}]\n"
    value = number if form == "@" else f'"{form}"'
    for data, settings in (
        (spec + f"expect: {{params: {value}, output: [{value}]}}\n", ()),
        (spec.replace("units: 2", f"units: {value}"), ()),
        (spec.replace(number, "1"), (f"vars.x={number}", f"model.0.dense.units={value}")),
    ):
        analysis = analyse("-", settings, data.encode, every_variant=True)
        check(analysis, data.encode())
        printed(analysis)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_change_of_a_spec_raises_or_hangs_or_steers_the_terminal(chunk: int) -> None:
    for number in range(CASES):
        seed = f"{SEED}-{chunk}-{number}"
        data, settings, every = case(seed)
        start = time.process_time()
        try:
            analysis = analyse("-", settings, lambda data=data: data, every)  # type: ignore[misc]
            check(analysis, data)
            for text in printed(analysis):
                assert not CONTROL.search(text), repr(CONTROL.search(text))
        except Exception as error:
            raise AssertionError(f"case {seed}, settings {settings}:\n{data!r}") from error
        assert time.process_time() - start < 20, f"case {seed} takes too long:\n{data!r}"
