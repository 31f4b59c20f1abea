"""From a file to values: scalars, variables, variants, extends, --set, and which of them wins."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.analysis import Analysis, analyse
from cnnspec.graph.nodes import Graph
from cnnspec.source.scalar import resolve_scalar
from cnnspec.source.values import plain
from cnnspec.source.yaml import read_yaml

HEAD = "cnnspec: 1\ninputs: {x: [4]}\n"


def analysed(text: str, *settings: str) -> Analysis:
    return analyse("-", settings, lambda: text.encode(), every_variant=True)


def graph_of(text: str, *settings: str) -> Graph:
    analysis = analyse("-", settings, lambda: text.encode())
    assert analysis.graph is not None, analysis.diagnostics
    return analysis.graph


def codes(analysis: Analysis) -> list[str]:
    return [diagnostic.code for diagnostic in analysis.diagnostics]


def units(graph: Graph) -> list[object]:
    """The units of every dense layer, in order."""
    return [node.layer.units for node in graph.nodes if node.layer is not None and node.kind == "dense"]  # type: ignore[attr-defined]


SCALARS = [
    ("no", "no"), ("off", "off"), ("yes", "yes"), ("on", "on"), ("y", "y"), ("true", True), ("True", True),
    ("TRUE", True), ("tRUE", "tRUE"), ("false", False), ("null", None), ("~", None), ("", None), ("Null", None),
    ("nULL", "nULL"), ("1e-3", 1e-3), ("1.0e-3", 1e-3), ("1e3", 1e3), (".5", 0.5), ("5.", 5.0), ("+12", 12),
    ("-12", -12), ("017", 17), ("0o17", 15), ("0O17", "0O17"), ("0x1F", 31), ("0b11", "0b11"), ("1_000", "1_000"),
    ("12:30", "12:30"), (".inf", float("inf")), ("-.INF", float("-inf")), ("inf", "inf"), ("1.2.3", "1.2.3"),
    ("2020-01-01", "2020-01-01"), ("=", "="), ("e3", "e3"), (".", "."), ("-", "-"), ("1e", "1e"), ("0x", "0x"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_a_plain_scalar_is_read_by_yaml_1_2(text: str, value: object) -> None:
    found = resolve_scalar(text)
    assert found == value and type(found) is type(value)


@given(st.text(alphabet="0123456789abcxoeEtrufalsn.+-_~", max_size=8))
def test_a_quoted_scalar_is_always_its_text(text: str) -> None:
    value = read_yaml(f'"{text}"', "f", pytest.fail)
    assert value is not None and plain(value) == text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**64, 2**64 - 1) | st.text("ab: {}[],#&*!|>'\"%@`\t\\é中", max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_what_json_writes_is_read_back(value: object) -> None:
    """JSON is YAML: every value of it comes back as it was."""
    found = read_yaml(json.dumps(value, ensure_ascii=False), "f", pytest.fail)
    assert found is not None and plain(found) == value


INTERPOLATED = [
    ("$n", 3), ("${n}", 3), ("${n / 2}", 1.5), ("${n}px", "3px"), ("$n px", "$n px"), ("a$n", "a$n"), ("$$n", "$n"),
    ("$${n}", "${n}"), ("$$$n", "$$n"), ("${n}${n}", "33"), ("$flag", True), ("${flag}s", "trues"), ("$none", None),
    ("${none}", None), ("-${none}", "-null"), ("$list", [1, 3]), ("${list}", [1, 3]), ("is ${list}", "is [1, 3]"),
    ("$map", {"a": 3}), ("${map}", {"a": 3}), ("${'}'}", "}"), ("$", "$"), ("$5", "$5"), ("${half}", 0.5), ("", ""),
    ("${word + '' if false else word}", "relu"), ("$ {n}", "$ {n}"), ("{n}", "{n}"), ("${'a' if n > 2 else 'b'}", "a"),
]  # fmt: skip
VARS = "vars: {n: 3, flag: true, none: null, list: [1, $n], map: {a: $n}, half: 0.5, word: relu, asked: '%s'}\n"


@pytest.mark.parametrize(("text", "value"), INTERPOLATED)
def test_a_reference_alone_keeps_its_type_and_a_text_around_it_makes_text(text: str, value: object) -> None:
    analysis = analysed("cnnspec: 1\n" + VARS % text.replace("'", "''") + "inputs: {x: [4]}\nmodel: [dense: $n]\n")
    assert analysis.spec is not None and not analysis.wrong
    found = analysis.spec.variables.find("asked")
    assert found is not None and plain(found) == value and type(plain(found)) is type(value)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A base with a variant, in a folder; `a` to `e` are set at one more level each."""
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(
        "cnnspec: 1\nvars: {a: 1, b: 1, c: 1, d: 1, e: 1, sum: '${a + e}'}\n"
        "variants: {one: {b: 2, c: 2, d: 2, e: 2}}\ndefault_variant: one\ninputs: {x: [4]}\n"
        "model: [dense: $a, dense: $b, dense: $c, dense: $d, dense: $e, dense: $sum]\n"
    )
    Path("mine.yaml").write_text(
        "cnnspec: 1\nextends: base.yaml\nvars: {c: 3, d: 3, e: 3}\nvariants: {mine: {d: 4, e: 4}}\n"
        "default_variant: mine\n"
    )
    return tmp_path


def test_the_nearest_value_wins_and_all_that_refer_to_it_see_it(folder: Path) -> None:
    """Base vars, base variant, own vars, own variant, --set; interpolated only then."""
    analysis = analyse("mine.yaml", ["vars.e=5"])
    assert analysis.graph is not None and units(analysis.graph) == [1, 2, 3, 4, 5, 6]


def test_a_base_without_a_name_has_its_default_variant_and_the_file_none(folder: Path) -> None:
    Path("plain.yaml").write_text("cnnspec: 1\nextends: base.yaml\n")
    Path("other.yaml").write_text("cnnspec: 1\nextends: base.yaml\nvars: {b: 7}\n")
    for name, expected in (("plain.yaml", [1, 2, 2, 2, 2, 3]), ("other.yaml", [1, 7, 2, 2, 2, 3])):
        analysis = analyse(name)
        assert analysis.graph is not None and units(analysis.graph) == expected
        assert analysis.spec is not None and analysis.spec.variant is None


def test_a_variant_of_the_base_can_be_named_where_it_is_extended_and_when_it_is_used(folder: Path) -> None:
    Path("base.yaml").write_text(Path("base.yaml").read_text().replace("one: {", "two: {a: 9}, one: {"))
    Path("plain.yaml").write_text("cnnspec: 1\nextends: base.yaml@two\n")
    first, second = analyse("plain.yaml").graph, analyse("plain.yaml@one").graph
    assert first is not None and units(first) == [9, 1, 1, 1, 1, 10]
    assert second is not None and units(second) == [9, 2, 2, 2, 2, 11]


def test_names_texts_and_expectations_are_not_inherited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(
        HEAD + "name: base\ndescription: d\nreference: r\nmodel: [dense: 3]\nexpect: {params: 15}\n"
    )
    Path("mine.yaml").write_text("cnnspec: 1\nextends: base.yaml\nmodel: [dense: 4]\n")
    analysis = analyse("mine.yaml")
    assert not analysis.diagnostics and analysis.spec is not None
    assert (analysis.spec.name, analysis.spec.description, analysis.spec.reference) == ("mine", "", "")


def test_extends_reaches_through_several_files_and_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A base may lie beside its spec or further in; its own base starts at its own folder."""
    monkeypatch.chdir(tmp_path)
    Path("in/deep").mkdir(parents=True)
    Path("in/deep/a.yaml").write_text(HEAD + "vars: {n: 1}\nmodel: [dense: $n]\n")
    Path("in/b.yaml").write_text("cnnspec: 1\nextends: deep/a.yaml\nvars: {n: 2}\n")
    Path("c.yaml").write_text("cnnspec: 1\nextends: in/b.yaml\n")
    Path("in/up.yaml").write_text("cnnspec: 1\nextends: ../c.yaml\n")
    for name in ("c.yaml", "in/up.yaml"):
        graph = analyse(name).graph
        assert graph is not None and units(graph) == [2]


def test_what_a_setting_changes_is_checked_like_the_file() -> None:
    text = (
        HEAD + "vars: {n: 3}\nmodel:\n  a: [dense: $n, {dense: {units: 4}}]\n  b c: [dense: 5]\ntraining: {epochs: 3}\n"
    )
    assert units(graph_of(text, "vars.n=7")) == [7, 4, 5]
    assert units(graph_of(text, "model.a.1.dense.units=8", "model.b c.0.dense=9")) == [3, 8, 9]
    assert units(graph_of(text, "model.a.-1.dense.units=${2 * n}")) == [3, 6, 5]
    assert units(graph_of(text, "model.a=[dense: 1, dense: 2, dense: 3]")) == [1, 2, 3, 5]
    assert units(graph_of(text, "model.a.1.dense.activation=relu", "vars.n=2", "vars.n=9")) == [9, 4, 5]
    spec = analyse("-", ["training.seed=0x10", "training.metrics=[mse]"], lambda: text.encode()).spec
    assert spec is not None and spec.training is not None
    assert (spec.training.seed, len(spec.training.metrics)) == (16, 1)


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("vars.m=3", "unknown-path"), ("vars.name=3", "unknown-path"), ("vars=3", "unknown-path"),
        ("nothing=3", "unknown-path"), ("model.c=[flatten]", "unknown-path"), ("model.a.2=flatten", "unknown-path"),
        ("model.a.-3=flatten", "unknown-path"), ("model.a.--1=flatten", "unknown-path"),
        ("model.a.²=flatten", "unknown-path"), ("model.a.1.dense.units.x=3", "unknown-path"),
        ("model.a.0.dense.units=3", "unknown-path"),
        ("inputs.y=[3]", "unknown-path"), ("model..a=3", "unknown-path"),
        ("model.a.1.dense.unit=3", "unknown-argument"), ("training.epoch=3", "unknown-argument"),
        ("training.early.patience=3", "unknown-argument"), ("novalue", "bad-setting"), ("=3", "bad-setting"),
        ("", "bad-setting"), ("vars.n={", "yaml-syntax"), ("vars.n=!!int 3", "yaml-tag"),
        ("vars.n=&a 3", "yaml-anchor"),
        ("vars.n=three", "bad-value"), ("model=3", "bad-value"), ("cnnspec=2", "language-version"),
        ("name=a b", "bad-name"), ("vars.n=${n}", "variable-cycle"), ("extends=resnet", "unknown-path"),
        ("vars.n=\x1b", "unreadable-character"),
    ],
)  # fmt: skip
def test_a_setting_that_fits_nothing_is_refused_at_its_place(setting: str, code: str) -> None:
    text = HEAD + "vars: {n: 3}\nmodel:\n  a: [dense: $n, {dense: {units: 4}}]\ntraining: {epochs: 3}\n"
    analysis = analysed(text, "training.epochs=4", setting)
    assert codes(analysis) == [code]
    for diagnostic in analysis.diagnostics:
        assert diagnostic.span is not None
        if code not in ("bad-value", "variable-cycle"):
            assert (diagnostic.span.file, diagnostic.span.line) == ("--set", 2)


def test_expect_is_not_checked_once_the_architecture_is_changed() -> None:
    text = HEAD + "vars: {n: 3}\nmodel: [dense: $n]\ntraining: {epochs: 3}\nexpect: {params: 15}\n"
    assert codes(analysed(text)) == []
    assert codes(analysed(text, "vars.n=4")) == []
    assert codes(analysed(text, "model.0.dense=4")) == ["unused-name"]
    assert codes(analysed(text, "training.epochs=4", "expect.params=16")) == ["expectation"]


@pytest.mark.parametrize(
    ("written", "holds"),
    [("15", True), ("15.0", True), ("14.9", True), ("15.2", False), ("1.5e1", True), ("2e1", True), ("3e1", False),
     ("1.6e1", True), ("1.7e1", False), ("150e-1", True), ("151e-1", True), ("152e-1", False), (".1e2", True),
     (".3e2", False), ("1e9", True), ("1.0e9", False), (".inf", False), (".nan", False), ("-15", False)],
)  # fmt: skip
def test_a_whole_number_is_exact_and_a_float_holds_within_one_of_its_last_digit(written: str, holds: bool) -> None:
    analysis = analysed(HEAD + f"model: [dense: 3]\nexpect: {{params: {written}}}\n")
    assert codes(analysis) == ([] if holds else ["expectation"])


def test_a_mistake_in_a_block_is_shown_where_it_is_and_where_it_was_used() -> None:
    text = HEAD + (
        "blocks:\n  inner: {params: {n: 3}, layers: [dense: {units: $n, unit: 3}]}\n"
        "  outer:\n    layers:\n      - inner: 4\nmodel:\n  - dense: 3\n  - outer\n"
    )
    (diagnostic,) = analysed(text).diagnostics
    assert diagnostic.code == "unknown-argument" and diagnostic.span is not None and diagnostic.span.line == 4
    assert [(note.text, note.span and note.span.line) for note in diagnostic.notes] == [
        ("used here", 7),
        ("used here", 10),
    ]


def test_a_value_that_came_from_elsewhere_says_where_from() -> None:
    text = "cnnspec: 1\nvars:\n  n: 3.5\ninputs: {x: [4]}\nmodel: [dense: $n]\n"
    (diagnostic,) = analysed(text).diagnostics
    assert diagnostic.span is not None and diagnostic.span[:3] == ("<stdin>", 5, 16)
    assert [note.span and note.span[:3] for note in diagnostic.notes] == [("<stdin>", 3, 6)]


def test_a_variant_that_is_wrong_alone_is_named() -> None:
    text = "cnnspec: 1\nvars: {n: 3}\nvariants: {good: {n: 4}, bad: {n: x}}\ninputs: {x: [4]}\nmodel: [dense: $n]\n"
    (diagnostic,) = analysed(text).diagnostics
    assert "in the variant bad" in [note.text for note in diagnostic.notes]
    assert codes(analyse("-", (), lambda: text.encode())) == []


def test_a_spec_holds_a_hundred_thousand_values_and_not_one_more() -> None:
    """Keys do not count: beside the items of the long list there are nine values."""
    for count, wrong in ((99_991, []), (99_992, ["too-many-values"])):
        text = f"cnnspec: 1\ninputs: {{x: [4]}}\nvars: {{many: [{', '.join(['1'] * count)}]}}\nmodel: [flatten]\n"
        found = codes(analysed(text))
        assert [code for code in found if code != "unused-name"] == wrong
