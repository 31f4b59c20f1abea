"""Folders as people have them: one class in two spellings, a link in place of a folder, one folder too many."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnspec.backend.prepared import prepare
from cnnspec.graph.locate import placed
from cnnspec.source.diagnostic import Diagnostic, Rejected
from tests.support.small_runs import written_spec

SPEC = """
inputs: {image: [4, 4, 1]}
model: [rescaling: "${1 / 255}", flatten, dense: {units: %d, activation: softmax}]
data: {source: image_folder, train: photos%s}
training: {loss: auto, seed: 1}
"""


def photos(folder: Path, *names: str, each: int = 2) -> None:
    for name in names:
        (folder / name).mkdir(parents=True)
        for number in range(each):
            Image.fromarray(np.full((4, 4), number * 9, np.uint8)).save(folder / name / f"{number}.png")


def refused(folder: Path, units: int = 2, more: str = "") -> tuple[Diagnostic, ...]:
    """What a spec of so many classes is refused for; every mistake has its place."""
    spec, graph = written_spec(folder, SPEC % (units, more))
    with pytest.raises(Rejected) as caught, placed(spec, graph):
        prepare(spec, graph)
    assert all(each.span is not None for each in caught.value.diagnostics)
    return caught.value.diagnostics


@pytest.mark.parametrize(
    ("one", "other"), [("cat", "Cat"), ("cat", "cat "), ("red_fox", "red fox"), ("a\u0301", "\u00e1")]
)
def test_two_spellings_of_a_class_are_asked_about(one: str, other: str, tmp_path: Path) -> None:
    """And never counted as two classes."""
    photos(tmp_path / "photos", one, other, "dog")
    (found,) = refused(tmp_path, 3)
    assert found.code == "bad-label" and "alone" in found.message and "move the pictures" in found.help


def test_case_may_make_two_classes_where_the_spec_says_so(tmp_path: Path) -> None:
    photos(tmp_path / "photos", "a", "A")
    (found,) = refused(tmp_path)
    assert "case_sensitive: true" in found.help
    spec, graph = written_spec(tmp_path, SPEC % (2, ", case_sensitive: true"))
    assert prepare(spec, graph).dataset.classes == {"output": ("A", "a")}


def test_a_folder_that_is_a_link_is_told_as_one(tmp_path: Path) -> None:
    """Out of the data's folder, or nowhere; one that stays in it is read."""
    data = tmp_path / "data"
    photos(tmp_path / "elsewhere", "cat", "dog")
    photos(data / "real", "cat", "dog")
    for target, words in (("../elsewhere", "outside"), ("nowhere", "where nothing is")):
        (data / "photos").symlink_to(target)
        (found,) = refused(data)
        assert f"photos is a link to {target}" in found.message and words in found.message and found.help
        (data / "photos").unlink()
    (data / "photos").symlink_to("real")
    assert prepare(*written_spec(data, SPEC % (2, ""))).dataset.train.count == 4


def test_a_folder_too_many_is_named(tmp_path: Path) -> None:
    photos(tmp_path / "photos/images", "cat", "dog")
    (found,) = refused(tmp_path)
    assert found.code == "one-class" and found.help == "write train: photos/images, which holds cat, dog"


def test_a_class_that_cannot_be_divided_is_named(tmp_path: Path) -> None:
    photos(tmp_path / "photos", "cat", "dog", each=4)
    photos(tmp_path / "photos", "emu", each=1)
    (found,) = refused(tmp_path, 3, ", validation_split: 0.4")
    assert found.code == "bad-split" and "class emu has a single example" in found.message
