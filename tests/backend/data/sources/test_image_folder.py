"""Class folders of pictures become splits with labels, or everything that is wrong with them is said at once."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnspec.backend.data.beside import column_of
from cnnspec.backend.data.load import load_dataset
from cnnspec.backend.data.pictures import Pictures
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.sources.image_folder import image_folder
from cnnspec.backend.data.splits import Dataset
from cnnspec.backend.prepared import prepare
from cnnspec.graph.locate import placed
from cnnspec.language.sources.image_folder import ImageFolder
from cnnspec.source.diagnostic import Rejected
from tests.support.small_runs import written_spec
from tests.support.spec_texts import graph_of

MODEL = "inputs: {image: [4, 6, 3]}\nmodel: [rescaling: 0.01, flatten, dense: {units: %d, activation: softmax}]\n"


def picture(path: Path, value: int = 7) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (6, 4), (value, value, value)).save(path, "PNG")
    return path


def animals(root: Path) -> Path:
    """Three classes to train on and two of them to test with, each picture of another grey."""
    for number, name in enumerate(["train/cat/b.png", "train/cat/a.png", "train/ant/old/c.png", "train/ant/d.jpeg"]):
        picture(root / name, number)
    for number, name in enumerate(["train/Bee/1.png", "train/Bee/2.png", "test/cat/1.png", "test/ant/1.png"]):
        picture(root / name, 10 + number)
    return root


def read(root: Path, units: int = 3, **options: str) -> Dataset:
    section = ImageFolder(source="image_folder", **{"train": "train", "test": "test", **options})
    return image_folder(section, graph_of(MODEL % units), DataFolder(root), 0)


def refusals(root: Path, units: int = 3, **options: str) -> list[str]:
    """The code and message of each mistake, without the folder that the test lies in."""
    with pytest.raises(Rejected) as refused:
        read(root, units, **options)
    return [f"{d.code}: {d.message}".replace(f"{root}/", "") for d in refused.value.diagnostics]


def test_classes_are_sorted_and_files_in_order(tmp_path: Path) -> None:
    """By name, capitals first as in Keras; folders in a class folder belong to the class."""
    dataset = read(animals(tmp_path))
    pictures = dataset.train.inputs["image"]
    assert isinstance(pictures, Pictures) and dataset.test is not None and dataset.validation is None
    assert dataset.classes == {"output": ("Bee", "ant", "cat")}
    assert pictures.read()[:, 0, 0, 0].tolist() == [10, 11, 3, 2, 1, 0]
    assert dataset.train.labels["output"].tolist() == [0, 0, 1, 1, 2, 2]
    assert dataset.test.labels["output"].tolist() == [1, 2]


def test_the_folder_within_its_class_is_a_column_where_there_are_some(tmp_path: Path) -> None:
    """It goes with its picture through a division, and is no column where all pictures lie side by side."""
    animals(tmp_path)
    for place in ("cat/june/a", "cat/july", "Bee/june/a"):
        picture(tmp_path / "train" / place / "x.png")
    section = ImageFolder(source="image_folder", train="train", test="test")
    dataset = image_folder(section, graph_of(MODEL % 3), DataFolder(tmp_path, beside=("folder",)), 0)
    assert dataset.test is not None and dataset.test.beside is not None and dataset.test.beside.columns == ()
    train = dataset.train.take(np.array([8, 0, 4, 2, 7, 3]), "part")
    pictures = train.inputs["image"]
    assert isinstance(pictures, Pictures)
    places = [Path(str(path)).relative_to(tmp_path / "train") for path in pictures.shown]
    told = column_of(train.beside, "folder", "--by", "the part").tolist()
    assert told == ["/".join(place.parts[1:-1]) for place in places] and {"", "june/a", "july", "old"} == set(told)
    with pytest.raises(Rejected, match="has no column camera"):
        column_of(train.beside, "camera", "--by", "the part")


def test_what_systems_leave_behind_is_ignored(tmp_path: Path) -> None:
    animals(tmp_path)
    for name in [".DS_Store", "cat/.DS_Store", "cat/Thumbs.db", "cat/desktop.ini", "cat/._a.png", ".cache/x"]:
        (tmp_path / "train" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "train" / name).write_bytes(b"junk")
    assert read(tmp_path).train.count == 6


def test_pictures_become_arrays_where_they_fit_the_budget(tmp_path: Path) -> None:
    animals(tmp_path)
    section = ImageFolder(source="image_folder", train="train", validation_split=0.5)
    dataset = load_dataset(section, graph_of(MODEL % 3), DataFolder(tmp_path), seed=1)
    pixels = dataset.train.inputs["image"]
    assert isinstance(pixels, np.ndarray) and pixels.shape == (3, 4, 6, 3) and pixels.dtype == np.uint8
    assert dataset.validation is not None and sorted(dataset.validation.labels["output"]) == [0, 1, 2]


def test_a_spec_prepares_a_training_on_pictures(tmp_path: Path) -> None:
    """Up to the first step; and where the classes are not as many as the units, the last layer is pointed at."""
    animals(tmp_path)
    data = "data: {source: image_folder, train: train}\ntraining: {loss: auto}\n"
    job = prepare(*written_spec(tmp_path, MODEL % 3 + data))
    assert job.classes == {"output": ("Bee", "ant", "cat")} and job.dataset.train.count == 6
    spec, graph = written_spec(tmp_path, MODEL % 5 + data)
    with pytest.raises(Rejected) as refused, placed(spec, graph):
        prepare(spec, graph)
    (mistake,) = refused.value.diagnostics
    assert mistake.code == "class-count" and "holds 3 classes; expected 5, as the output has 5 units" in mistake.message
    assert mistake.span is not None and mistake.span.line == 4 and mistake.help == "give the last layer 3 units"


def test_all_bad_files_are_listed_at_once(tmp_path: Path) -> None:
    animals(tmp_path)
    (tmp_path / "train/cat/notes.txt").write_text("about cats")
    (tmp_path / "train/ant/empty.jpg").write_bytes(b"")
    cut = tmp_path / "test/cat/1.png"
    cut.write_bytes(cut.read_bytes()[:-3])
    assert refusals(tmp_path) == [
        "bad-picture: test/cat/1.png is a PNG that is cut short; expected a file up to its end",
        "bad-picture: train/ant/empty.jpg is an empty file; expected a JPEG, PNG, GIF, BMP or WebP picture",
        "bad-picture: train/cat/notes.txt is no picture; expected a JPEG, PNG, GIF, BMP or WebP picture",
    ]


def test_folders_that_are_no_classes_are_refused_together(tmp_path: Path) -> None:
    animals(tmp_path)
    (tmp_path / "train/dog").mkdir()
    picture(tmp_path / "train/stray.png")
    picture(tmp_path / "test/cats/1.png")
    found = refusals(tmp_path, 4)
    assert found == [
        "bad-classes: train/dog is an empty class folder; expected pictures in it",
        "bad-classes: train/stray.png lies beside the class folders; expected in one of them",
        "unknown-class: test/cats is a class that train does not have; expected one of its 4",
    ]
    with pytest.raises(Rejected) as refused:
        read(tmp_path, 4)
    assert refused.value.diagnostics[-1].help == "write cat"


def test_of_many_mistakes_of_a_kind_twenty_are_shown(tmp_path: Path) -> None:
    animals(tmp_path)
    for number in range(100):
        picture(tmp_path / f"train/{number:02}.png")
    with pytest.raises(Rejected) as refused:
        read(tmp_path)
    found = refused.value.diagnostics
    assert len(found) == 20 and [note.text for each in found for note in each.notes] == ["80 more like this"]
    assert found[0].message.endswith("train/00.png lies beside the class folders; expected in one of them")


def test_one_class_or_none_is_refused(tmp_path: Path) -> None:
    picture(tmp_path / "none/1.png")
    picture(tmp_path / "one/cat/1.png")
    assert refusals(tmp_path, train="none", test="none") == [
        "bad-classes: none has no class folders; expected at least two"
    ]
    assert refusals(tmp_path, train="one", test="one") == [
        "one-class: one holds a single class, cat; expected at least two to tell apart"
    ]


def test_missing_and_outer_folders_are_refused(tmp_path: Path) -> None:
    root = animals(tmp_path / "data")
    animals(tmp_path / "elsewhere")
    (root / "linked").symlink_to(tmp_path / "elsewhere/train")
    assert "no-file: there is no folder nowhere" in refusals(root, train="nowhere")[0]
    assert "no-file: train/cat/a.png is no folder" in refusals(root, train="train/cat/a.png")[0]
    assert "outside: linked is a link to " in refusals(root, train="linked")[0]


def test_links_may_not_leave_the_data_nor_lead_in_circles(tmp_path: Path) -> None:
    """Links that stay are followed, to files and to folders, each folder once."""
    root = animals(tmp_path / "data")
    (root / "more").mkdir()
    (root / "train/cat").rename(root / "more/cat")
    (root / "train/cat").symlink_to(root / "more/cat")
    (root / "train/ant/linked.png").symlink_to(root / "more/cat/a.png")
    assert read(root).train.count == 7
    outer = picture(tmp_path / "elsewhere/1.png")
    (root / "train/ant/out.png").symlink_to(outer)
    (root / "train/ant/out").symlink_to(outer.parent)
    (root / "train/ant/round").symlink_to(root / "train/ant")
    (root / "train/ant/again").symlink_to(root / "more/cat")
    (root / "train/ant/gone.png").symlink_to(root / "gone.png")
    (root / "train/ant/self.png").symlink_to(root / "train/ant/self.png")
    found = refusals(root)
    assert [message.split(";")[0].replace(str(root), "data") for message in found] == [
        "bad-classes: train/ant/round leads to a folder that was read already",
        "bad-classes: train/cat leads to a folder that was read already",
        "bad-picture: train/ant/gone.png is a link that leads nowhere",
        "bad-picture: train/ant/self.png is a link that leads to itself",
        "outside: train/ant/out leads out of data",
        "outside: train/ant/out.png leads out of data",
    ]


def test_pipes_are_never_opened(tmp_path: Path) -> None:
    """One would wait for ever."""
    animals(tmp_path)
    os.mkfifo(tmp_path / "train/cat/pipe.png")
    assert refusals(tmp_path) == ["bad-picture: train/cat/pipe.png is neither file nor folder; expected pictures"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_named(tmp_path: Path) -> None:
    animals(tmp_path)
    (tmp_path / "train/cat/a.png").chmod(0)
    (tmp_path / "train/ant/old").chmod(0)
    found = refusals(tmp_path)
    (tmp_path / "train/ant/old").chmod(0o755)
    assert "bad-picture: train/cat/a.png cannot be read (Permission denied)" in found[0]
    assert "unreadable-file: train/ant/old cannot be read (Permission denied)" in found[1]


def test_odd_names_are_read_and_unprintable_classes_refused(tmp_path: Path) -> None:
    """Spaces, quotes, other scripts and bytes that are no UTF-8 in a file's name do no harm."""
    animals(tmp_path)
    for name in ["größe 'x\".png", "[bold]猫.png", os.fsdecode(b"\xff\xfe.png"), "new\nline.png"]:
        picture(tmp_path / "train/cat" / name)
    assert len(read(tmp_path).train.inputs["image"]) == 10
    picture(tmp_path / "train/cl\nass/1.png")
    assert "bad-classes: train/cl\nass is no name for a class" in refusals(tmp_path)[0]


def test_a_network_with_two_inputs_is_refused(tmp_path: Path) -> None:
    text = "inputs: {a: [4, 6, 3], b: [4, 6, 3]}\nmodel: [concat: {from: [a, b]}, flatten, dense: 2]\n"
    section = ImageFolder(source="image_folder", train="train")
    with pytest.raises(Rejected, match="a network with 2 inputs and 1 outputs; expected one of each"):
        image_folder(section, graph_of(text), DataFolder(animals(tmp_path)), 0)
