"""A text that is twice as long takes twice as many steps, whatever fills it, and never more than it may have.

Steps are calls of functions, counted by the interpreter: they are the same on every machine. What regular expressions
do inside of one call cannot be counted so, and is held by the form of the expressions.
"""

import cProfile
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

import cnnspec.language
import cnnspec.source
from cnnspec.analysis import Analysis, analyse
from cnnspec.language import effort
from cnnspec.reports.diagnostics.as_json import as_json
from cnnspec.reports.diagnostics.github import as_github
from cnnspec.reports.diagnostics.sarif import as_sarif
from cnnspec.reports.diagnostics.text import tally
from cnnspec.source.diagnostic import MOST_KEPT
from tests.support.often import examples

constants, parser = importlib.import_module("re._constants"), importlib.import_module("re._parser")
"""How Python itself takes a regular expression apart, of which it has no public way."""

HEAD = "cnnspec: 1\ninputs: {x: [8, 8, 3]}\n"
MODEL = "model: [dense: 2]\n"
LAYERS = HEAD + "model:\n"
TRAINING = HEAD + MODEL + "training:\n  loss: mse\n"
TABLE = HEAD + MODEL + "data:\n  source: table\n  train: a.csv\n"


def many(text: str, count: int, separator: str = "") -> str:
    return separator.join(text.replace("%", str(number)) for number in range(count))


KINDS: dict[str, Callable[[int], str]] = {
    "tabs before a comment": lambda n: "a: 1\n" + "\t" * 20 * n + "#\n",
    "lines that begin with a tab": lambda n: many("\ta: 1\n", n),
    "tabs in a block": lambda n: "a: |\n" + many("  \tb\n", n),
    "texts of several lines": lambda n: many("a%: |\n  x\n", n),
    "expressions that never end": lambda n: HEAD + "vars: {a: '" + "${" * n + "'}\n" + MODEL,
    "many expressions": lambda n: HEAD + "vars: {n: 1, a: '" + "${n}" * n + "'}\n" + MODEL,
    "letters and two dollars": lambda n: HEAD + "description: '" + "a" * 50 * n + "$$'\n" + MODEL,
    "dollars": lambda n: HEAD + "description: '" + "$" * 50 * n + "'\n" + MODEL,
    "unknown variables": lambda n: HEAD + "vars:\n" + many("  v%: $w%\n", n) + MODEL,
    "unknown names in expressions": lambda n: HEAD + "vars:\n" + many("  v%: '${w% + 1}'\n", n) + MODEL,
    "a chain of variables": lambda n: HEAD + "vars:\n  v: 1\n" + many("  v%: '${v + 1}'\n", n) + MODEL,
    "a list in many places": lambda n: HEAD + "vars: {x: [1, 2, 3]}\nmodel:\n" + many("  - dense: '${x[0]}'\n", n),
    "unknown keys": lambda n: HEAD + MODEL + many("k%: 1\n", n),
    "one key": lambda n: many("a: 1\n", n),
    "stages that are numbers": lambda n: LAYERS + many("  a%: 1\n", n),
    "unknown layers": lambda n: LAYERS + many("  - qwert%\n", n),
    "one unknown layer": lambda n: LAYERS + many("  - qwert\n", n),
    "layers": lambda n: LAYERS + many("  - dense: 3\n", n),
    "unknown arguments": lambda n: LAYERS + many("  - dense: {unitz%: 3}\n", n),
    "unknown arguments of one layer": lambda n: LAYERS + "  - dense: {units: 3, " + many("a%: 1", n, ", ") + "}\n",
    "residual blocks with two mistakes": lambda n: LAYERS + many("  - residual: {layers: [], shortcut: some}\n", n),
    "names that nothing has": lambda n: LAYERS + many("  - flatten: {from: u%}\n", n),
    "names": lambda n: LAYERS + many("  - identity: {name: n%}\n", n),
    "a name for all": lambda n: LAYERS + many("  - identity: {name: n}\n", n),
    "branches": lambda n: LAYERS + "  - parallel:\n      branches:\n" + many("        - [identity]\n", n),
    "blocks": lambda n: HEAD + "blocks:\n" + many("  b%: {layers: [identity]}\n", n) + MODEL,
    "variants": lambda n: HEAD + "vars: {n: 1}\nvariants:\n" + many("  v%: {n: 2}\n", n // 4) + "model: [dense: $n]\n",
    "variants of unknown variables": lambda n: HEAD + "vars: {n: 1}\nvariants:\n" + many("  v%: {m%: 1}\n", n) + MODEL,
    "outputs of nothing": lambda n: HEAD + MODEL + "outputs:\n" + many("  o%: p%\n", n),
    "unknown facts": lambda n: HEAD + MODEL + "expect:\n" + many("  e%: 3\n", n),
    "unknown keys of training": lambda n: TRAINING + many("  k%: 1\n", n),
    "unknown metrics": lambda n: TRAINING + "  metrics:\n" + many("    - m%\n", n),
    "frozen stages that are not there": lambda n: TRAINING + "  freeze:\n" + many("    - f%\n", n),
    "unknown keys of data": lambda n: TABLE + many("  k%: 1\n", n),
    "unused variables": lambda n: HEAD + "vars: {" + many("v%: 1", n, ", ") + "} # cnnspec: allow x\n" + MODEL,
    "tuples": lambda n: LAYERS + many("  - conv: {filters: 3, kernel_size: (3, 3)}\n", n),
    "digits": lambda n: "a: " + "1" * 50 * n,
    "a long word": lambda n: LAYERS + "  - " + "a" * 50 * n + "\n",
    "brackets": lambda n: "a: " + "[" * n,
}


def steps(work: Callable[[], object]) -> int:
    """How many calls it takes, of Python's functions and of those in C."""
    profile = cProfile.Profile()
    profile.runcall(work)
    return sum(entry.callcount for entry in profile.getstats())


def looked_at(text: str) -> Analysis:
    return analyse("-", (), text.encode, every_variant=True)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_steps_grow_as_the_text_does(kind: Callable[[int], str]) -> None:
    """None of very many is compared with all others. Mistakes that nobody reads are counted and take no room."""
    fewer = examples(600, 1000)
    texts = [kind(count) for count in (fewer, 2 * fewer)]
    looked_at(kind(20))  # what is done once
    found: list[Analysis] = []

    def look(text: str) -> None:
        found.append(looked_at(text))

    few, many_more = (steps(partial(look, text)) for text in texts)
    assert many_more < 2.6 * few + 20_000, (few, many_more)
    told = found[-1].diagnostics
    assert len(told) <= 2 * MOST_KEPT + 1 and all(each.more == 0 for each in told[:-1])
    for text in (as_json(told), as_github(told), as_sarif(told)):
        assert len(text) < 400_000


def test_all_mistakes_are_counted() -> None:
    found = looked_at(KINDS["unknown layers"](1234)).diagnostics
    assert sum(each.more or 1 for each in found) == 1234
    assert found[-1].code == "too-many-mistakes" and found[-1].message.startswith("1,134 more mistakes")
    assert tally(found).replace(",", "").startswith("1234 errors")


LIST = HEAD + "vars: {y: 1, x: [" + "1, " * 900 + "1]}\n"
SUMS, LISTS = "+".join(["sum(x)"] * 140), ", ".join(["x"] * 100)
WORK = {
    "one expression": LIST + "model:\n  - dense: {units: '${" + SUMS + "}', repeat: 1900}\n",
    "all variants": LIST + "variants: {" + many("v%: {y: 2}", 100, ", ") + "}\nmodel:\n"
    + many("  - identity: {when: '${x[0] > y}'}\n", 9),
    "values that are made": LIST + "model:\n  - dense: {units: '${[" + LISTS + "]}', repeat: 1900}\n",
    "texts": HEAD + "vars: {s: '" + "a" * 100_000 + "', t: '" + "a" * 100_000 + "b'}\nmodel:\n"
    + many("  - identity: {when: '${s == t}'}\n", 900),
}  # fmt: skip
LEAST = 100_000
"""A bound that is soon reached."""


@pytest.mark.parametrize("text", WORK.values(), ids=WORK.keys())
def test_the_work_of_a_whole_spec_is_bounded(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it is spread over expressions, repeats and variants; where the bound is reached, it is told."""
    monkeypatch.setattr(effort, "MAX_STEPS", LEAST)
    found: list[Analysis] = []
    taken = steps(lambda: found.append(looked_at(text)))
    assert "too-many-values" in {each.code for each in found[0].diagnostics}
    assert taken < 30 * LEAST


# Regular expressions


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every compiled expression of the rooms that read a stranger's text."""
    for room in (cnnspec.source, cnnspec.language):
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            module = importlib.import_module(found.name)
            yield from (
                (f"{found.name}.{name}", each) for name, each in vars(module).items() if isinstance(each, re.Pattern)
            )


def repeats_beside_each_other(parts: Any) -> Iterator[tuple[Any, Any]]:
    """Two repeats without bounds, with nothing between them that must be there."""
    before: Any = None
    for operator, argument in parts:
        if operator in (constants.MAX_REPEAT, constants.MIN_REPEAT):
            least, most, inner = argument
            if most == constants.MAXREPEAT:
                if before is not None:
                    yield before, inner
                before = inner
            elif least:
                before = None
            yield from repeats_beside_each_other(inner)
        elif operator is constants.SUBPATTERN:
            yield from repeats_beside_each_other(argument[3])
            before = None
        elif operator is constants.BRANCH:
            for branch in argument[1]:
                yield from repeats_beside_each_other(branch)
            before = None
        else:
            before = None


def letters_of(parts: Any) -> set[str]:
    """The visible and invisible letters of ASCII that may begin what is repeated."""
    pattern = re.compile("".join(_written(parts)))
    return {chr(code) for code in range(128) if pattern.match(chr(code))}


def _written(parts: Any) -> Iterator[str]:
    operator, argument = next(iter(parts))
    if operator is constants.LITERAL:
        yield re.escape(chr(argument))
    elif operator is constants.IN:
        yield "[" + "".join(map(_member, argument)) + "]"
    else:
        yield "."


def _member(part: Any) -> str:
    operator, argument = part
    if operator is constants.LITERAL:
        return re.escape(chr(argument))
    if operator is constants.RANGE:
        return f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
    if operator is constants.NEGATE:
        return "^"
    category = {constants.CATEGORY_SPACE: r"\s", constants.CATEGORY_DIGIT: r"\d", constants.CATEGORY_WORD: r"\w"}
    negated = {
        constants.CATEGORY_NOT_SPACE: r"\S",
        constants.CATEGORY_NOT_DIGIT: r"\D",
        constants.CATEGORY_NOT_WORD: r"\W",
    }
    return (category | negated)[argument]


def quarrels(pattern: str) -> bool:
    """Whether two repeats of one expression may share the letters of a run, which takes the square of its length."""
    pairs = repeats_beside_each_other(parser.parse(pattern))
    return any(letters_of(one) & letters_of(other) for one, other in pairs)


def test_no_regular_expression_that_reads_a_text_goes_back_and_forth_over_it() -> None:
    assert quarrels(r"^[ \t]*\t?[ \t]*x") and not quarrels(r"[ \t]*\t[ab]*x")
    found = dict(patterns())
    assert len(found) > 10
    assert not [name for name, pattern in found.items() if quarrels(pattern.pattern)]
