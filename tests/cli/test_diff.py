"""`cnnspec diff`: exit codes, what it prints in every format, and what it says of what cannot be compared."""

import json
import subprocess
from pathlib import Path

import pytest

import cnnspec
from cnnspec import door
from cnnspec.cli.app import carried_out
from cnnspec.language.location import locate
from cnnspec.runs.resolved import resolved_spec
from tests.support.spec_texts import read

SPEC = """cnnspec: 1
name: small
vars: {width: 4, size: 6}
variants: {narrow: {width: 4}, wide: {width: 8}}
default_variant: narrow
inputs: {image: [$size, $size, 2]}
model:
  stem: [conv: {filters: $width, kernel_size: 3, norm: batch, activation: relu}]
  head: [global_avg_pool, dense: {units: 3, activation: softmax}]
data: {source: synthetic}
training: {loss: auto, epochs: 2}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec of two variants, the same with a mistake, and a run of the wide one, in the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "small.yaml").write_text(SPEC)
    (tmp_path / "wrong.yaml").write_text(SPEC.replace("filters", "filter"))
    (tmp_path / "small.json").write_text("[1, 2]")
    (tmp_path / "runs" / "small-1").mkdir(parents=True)
    spec, _ = read(locate("small.yaml@wide", print))
    (tmp_path / "runs" / "small-1" / "spec.yaml").write_text(resolved_spec(spec, {}))
    return tmp_path


def ended(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """The exit code of a comparison, and what it prints and complains of."""
    try:
        code = carried_out(["diff", *words])
    except SystemExit as end:
        code = int(str(end.code))
    told = capsys.readouterr()
    return code, told.out, told.err


def test_specs_that_mean_the_same_end_with_0_and_nothing_else_does(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for other in ("small.yaml", "small.yaml@narrow", "./small.yaml"):
        assert ended(capsys, "small.yaml", other) == (0, "", "")
    code, told, complained = ended(capsys, "small.yaml", "small.yaml@wide")
    assert (code, complained) == (1, "") and "stem: conv1: filters 4 -> 8" in told


def test_a_run_is_compared_by_the_spec_that_it_trained(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for run in ("runs/small-1", "small-1"):
        assert ended(capsys, run, "small.yaml@wide") == (0, "", "")
    assert ended(capsys, "small-1", "small.yaml")[0] == 1


def test_a_revision_is_compared_with_what_is_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["init", "-q"], ["add", "small.yaml"]):
        subprocess.run(["git", *words], check=True)
    assert ended(capsys, "git::small.yaml", "small.yaml") == (0, "", "")
    (folder / "small.yaml").write_text(SPEC.replace("kernel_size: 3", "kernel_size: 5"))
    code, told, _ = ended(capsys, "git::./small.yaml", "small.yaml")
    assert code == 1 and told.startswith("stem: conv1: kernel_size 3 -> 5\n")


def test_a_model_of_keras_is_compared_by_its_network_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither titles and names, which a model has not, nor data and training."""
    for variant in ("narrow", "wide"):
        spec, graph = read(locate(f"small.yaml@{variant}", print))
        (folder / f"{variant}.json").write_text(door.build.build_model(graph, spec.name).to_json())
    assert ended(capsys, "narrow.json", "small.yaml") == (0, "", "")
    assert ended(capsys, "small.yaml@wide", "wide.json") == (0, "", "")
    code, told, _ = ended(capsys, "wide.json", "small.yaml")
    assert code == 1 and told.startswith("network: conv stem.conv1: filters 8 -> 4\n")


def test_what_a_model_of_another_program_has_beside_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = "[net]\nwidth=6\nheight=6\nchannels=2\nbatch=1\n[convolutional]\nfilters=%d\nsize=3\nactivation=relu\n"
    (folder / "one.cfg").write_text(net % 4)
    (folder / "two.cfg").write_text(net % 5)
    code, told, complained = ended(capsys, "one.cfg", "two.cfg")
    assert code == 1 and "filters 4 -> 5" in told and "one.cfg not compared: how it is trained" in complained
    assert ended(capsys, "one.cfg", "one.cfg")[:2] == (0, "")


def test_all_variants_are_compared_each_by_itself(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that is another differs under its name; one that is new is told as such."""
    (folder / "other.yaml").write_text(SPEC.replace("wide: {width: 8}", "wide: {width: 9}, huge: {width: 99}"))
    pair = ("small.yaml", "other.yaml")
    assert ended(capsys, *pair) == (0, "", "")
    code, told, _ = ended(capsys, *pair, "--every-variant")
    lines = told.splitlines()
    assert code == 1 and lines[0] == "variants: + huge" and "@wide stem: conv1: filters 8 -> 9" in lines
    assert ended(capsys, "small.yaml", "small.yaml", "--every-variant") == (0, "", "")
    assert str(cnnspec.diff(*pair, every_variant=True)) == told.strip()
    facts = json.loads(ended(capsys, *pair, "--every-variant", "--format", "json")[1])
    assert len(facts) == len(lines) and {each.get("variant") for each in facts} == {"wide", None}


def test_values_that_are_set_are_the_second_ones(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told, _ = ended(capsys, "small.yaml", "small.yaml", "--set", "training.epochs=3")
    assert (code, told) == (1, "training: epochs 2 -> 3\n")


def test_markdown_and_json_say_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pair = ("small.yaml", "small.yaml@wide")
    lines = ended(capsys, *pair)[1].splitlines()
    rows = [line for line in ended(capsys, *pair, "--format", "markdown")[1].splitlines() if line.startswith("| ")]
    facts = json.loads(ended(capsys, *pair, "--format", "json")[1])
    assert len(lines) == len(rows) - 2 == len(facts)
    assert {"kind": "argument", "place": "stem", "argument": "filters", "before": 4, "after": 8}.items() <= (
        facts[0].items()
    )
    assert r"| stem | conv1: filters | 4 | 8 |" in rows
    assert ended(capsys, "small.yaml", "small.yaml", "--format", "json") == (0, "[]\n", "")
    assert ended(capsys, "small.yaml", "small.yaml", "--format", "markdown") == (0, "", "")


def test_verbose_names_the_layers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = ended(capsys, "small.yaml", "small.yaml@wide", "--verbose")[1]
    assert "stem: conv1: filters 4 -> 8\n    stem.conv1\n" in told


WRONG = {
    "small.yaml wrong.yaml": (1, "unknown-argument"),
    "wrong.yaml small.yaml": (1, "unknown-argument"),
    "small.yaml missing.yaml": (1, "there is no file missing.yaml"),
    "small.yaml small.yaml@huge": (1, "no variant huge"),
    "small.yaml small.yaml --set training.epoch=3": (1, "write --set training.epochs=3"),
    "small.yaml missing.keras": (1, "there is no missing.keras"),
    "small.yaml small.json": (1, "no configuration of a model"),
    "small.yaml - --every-variant": (2, "standard input is read once"),
    "small.yaml": (2, "needs B"),
    "- -": (2, "standard input"),
}


@pytest.mark.parametrize("typed", WRONG)
def test_what_cannot_be_compared_is_told(folder: Path, capsys: pytest.CaptureFixture[str], typed: str) -> None:
    """On standard error, with nothing printed."""
    code, text = WRONG[typed]
    ending, told, complained = ended(capsys, *typed.split())
    assert (ending, told) == (code, "") and text in complained, complained
