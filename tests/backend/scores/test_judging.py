"""Examples that have come since are read as the run's own were, by the classes that the run knows."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnspec.backend.scores.judging import new_data
from cnnspec.runs.folder import RunFolder
from cnnspec.source.diagnostic import Rejected
from tests.support.small_runs import written_spec

PICTURES = """
inputs: {photo: [4, 4, 3]}
model: [rescaling: 0.004, flatten, dense: {units: 3, activation: softmax}]
data: {source: image_folder, train: photos/train, validation_split: 0.1}
training: {loss: auto}
"""
LINES = """
inputs: {words: {shape: [4], dtype: int32}}
model: [embedding: {input_dim: 9, output_dim: 2}, flatten, dense: {units: 1, activation: sigmoid}]
data: {source: text_lines, train: {bad: a.neg, good: a.pos}, text: {max_tokens: 9}}
training: {loss: auto}
"""


def run_of(folder: Path, classes: list[str]) -> RunFolder:
    """As much of a run as reading data asks for."""
    run = RunFolder(folder / "run")
    run.path.mkdir()
    run.classes.write_text(json.dumps(classes))
    return run


def pictures(folder: Path, *names: str) -> Path:
    """A folder with a picture of each class."""
    for name in names:
        (folder / name).mkdir(parents=True)
        Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(folder / name / "one.png")
    return folder


def test_folders_of_classes_are_numbered_as_the_run_has_them(tmp_path: Path) -> None:
    """Though some are not among them; one that the run does not have is named, and so is a folder without any."""
    run, (spec, graph) = run_of(tmp_path, ["cat", "dog", "emu"]), written_spec(tmp_path, PICTURES)
    found = new_data(run, spec, graph, pictures(tmp_path / "new", "dog", "emu")).dataset
    assert found.train.labels["output"].tolist() == [1, 2] and found.validation is None
    with pytest.raises(Rejected, match="odd/fox is a class that the run does not have") as refusal:
        new_data(run, spec, graph, pictures(tmp_path / "odd", "dog", "fox"))
    assert refusal.value.diagnostics[0].span is None
    with pytest.raises(Rejected, match="has no class folders"):
        new_data(run, spec, graph, tmp_path / "new" / "dog")
    (tmp_path / "link").symlink_to(tmp_path / "new")
    assert new_data(run, spec, graph, tmp_path / "link").dataset.train.count == 2


def test_a_folder_of_texts_has_a_file_for_each_class_by_its_old_name_or_its_class(tmp_path: Path) -> None:
    run, (spec, graph) = run_of(tmp_path, ["bad", "good"]), written_spec(tmp_path, LINES)
    run.vocabulary().write_text("\n[UNK]\nfilm\n")
    new = tmp_path / "new"
    new.mkdir()
    (new / "a.neg").write_text("no film\nnone\n")
    (new / "good.txt").write_text("film\n")
    assert new_data(run, spec, graph, new).dataset.train.labels["output"][:, 0].tolist() == [0, 0, 1]
    (tmp_path / "lines.txt").write_text("good a film\ngood film\n")
    assert new_data(run, spec, graph, tmp_path / "lines.txt").dataset.train.labels["output"][:, 0].tolist() == [1, 1]


def test_what_names_no_files_has_none_elsewhere(tmp_path: Path) -> None:
    run, (spec, graph) = run_of(tmp_path, []), written_spec(tmp_path, PICTURES.replace(DATA, "{source: digits}"))
    with pytest.raises(Rejected, match="whose data is digits, which names no files"):
        new_data(run, spec, graph, tmp_path)


DATA = "{source: image_folder, train: photos/train, validation_split: 0.1}"
