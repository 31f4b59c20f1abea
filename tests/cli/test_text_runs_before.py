"""Runs on texts that an older cnnspec wrote, kept in tests/support/text_runs_before, read texts as they learnt to."""

import io
import json
import shutil
from pathlib import Path

import pytest

from cnnspec.backend.evaluate import evaluate
from cnnspec.backend.predict import Predictor
from cnnspec.backend.train import resume
from cnnspec.cli.finding import understood_run
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.older_texts import as_read_then, settings_of_then
from cnnspec.runs.settings import UNSET, differences, read_settings, settings_in

BEFORE = Path(__file__).parents[1] / "support" / "text_runs_before"
RUNS = {"words-2": ("ascii_lower", 0.24171484, 0.631974638), "words-3": ("ascii", 0.21570025, 0.697171152)}
"""How each standardises, what `evaluate` of the older version said of its loss, and `predict` of neg for a sentence."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with copies of the older runs and their data."""
    shutil.copytree(BEFORE, tmp_path, ignore=shutil.ignore_patterns("README.md"), dirs_exist_ok=True)
    return tmp_path


@pytest.mark.parametrize("name", RUNS)
def test_an_older_run_is_evaluated_and_predicts_as_the_older_version_did(folder: Path, name: str) -> None:
    run, (how, loss, probability) = RunFolder(folder / name), RUNS[name]
    spec, graph, _ = understood_run(run)
    assert spec.data is not None
    text = spec.data.features(graph.inputs)["tokens"].text
    assert text is not None and text.standardize == how
    assert evaluate(run, spec, graph, data_root=folder).loss == pytest.approx(loss, rel=1e-4)
    predictor = Predictor(run, spec, graph)
    ((told,),) = predictor.predict(predictor.examples([], ["“Bad” ОТЛИЧНО Été."], "utf-8", io.BytesIO()))
    found = {guess.name: guess.probability for guess in told.outputs[0].guesses}
    assert found["neg"] == pytest.approx(probability, rel=1e-4)


@pytest.mark.parametrize("name", RUNS)
def test_an_older_run_goes_on_and_then_says_how_it_reads_texts(folder: Path, name: str) -> None:
    """Its words and their ids stay, whatever the words of its spec mean today."""
    run, (how, _, _) = RunFolder(folder / name), RUNS[name]
    words = run.vocabulary().read_text()
    assert "standardize: ascii" not in run.spec.read_text()
    spec, graph, _ = understood_run(run, ["training.epochs=3"])
    resume(run, spec, graph, data_root=folder)
    assert f"standardize: {how}" in run.spec.read_text() and run.vocabulary().read_text() == words
    assert json.loads(run.result.read_text())["status"] == "finished"
    again, _, _ = understood_run(run)
    assert again.data == spec.data


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"source": "text_lines", "train": "a"}, ['data.text={"standardize": "ascii"}']),
        ({"source": "table", "text": {"column": "t"}}, ['data.text.standardize="ascii"']),
        ({"source": "table", "text": {"standardize": "lower"}}, ['data.text.standardize="ascii_lower"']),
        ({"source": "table", "text": {"standardize": None}}, []),
        ({"source": "table", "text": {"standardize": "$how"}}, ['data.text.standardize="ascii_strip_punctuation"']),
        ({"source": "table", "text": "$text"}, ['data.text={"column": "t", "standardize": "ascii"}']),
        ({"source": "table", "text": {"standardize": "ascii"}}, []),
        ({"source": "table", "columns": ["a"]}, []),
        ({"source": "digits"}, []),
        (
            {"source": "table", "inputs": {"a": {"columns": ["x"]}, "b": {"text": {"column": "t"}}}},
            ['data.inputs.b.text.standardize="ascii"'],
        ),
    ],
)
def test_every_text_of_an_older_spec_is_named_with_what_it_meant(
    folder: Path, data: dict[str, object], expected: list[str]
) -> None:
    """And once it says so it means what it says."""
    run = RunFolder(folder / "words-3")
    settings = {"vars": {"how": "strip_punctuation", "text": {"column": "t"}}, "data": data}
    assert list(settings_of_then(settings, run)) == expected
    amended = as_read_then(settings, run)
    assert list(settings_of_then(amended, run)) == [] and as_read_then(amended, run) == amended


def test_of_a_run_of_today_nothing_is_taken_otherwise(folder: Path) -> None:
    run = RunFolder(folder / "words-3")
    told = json.loads(run.environment.read_text())
    assert "unicode" not in told
    (difference,) = differences([settings_in(run)[0], read_settings(run)[0]])
    assert (difference.path, difference.values) == ("data.text", (UNSET, {"standardize": "ascii"}))
    run.environment.write_text(json.dumps({**told, "unicode": "15.0.0"}))
    assert settings_of_then(settings_in(run)[0], run) == () and read_settings(run) == settings_in(run)
