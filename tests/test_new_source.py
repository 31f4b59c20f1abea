"""The new source of CONTRIBUTING.md: after two files and a name it is known everywhere, and without them nowhere."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import cnnspec.backend.data.sources
import cnnspec.language.sources
from cnnspec.analysis import analyse
from cnnspec.backend.data import reading
from cnnspec.backend.data.fingerprint import changes, fingerprint
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.inspect.look import look
from cnnspec.backend.predict_inputs.inputs import takes
from cnnspec.cli.reference import reference
from cnnspec.graph.nodes import Graph
from cnnspec.language import data
from cnnspec.language.schema import spec_schema
from cnnspec.language.sources.section import DataSection
from cnnspec.language.spec import Spec
from cnnspec.reports.examples import examples_word, inputs_of
from cnnspec.runs.recorded import read_marks
from cnnspec.source.diagnostic import Rejected
from tests.support.contributing import READER, SOURCE
from tests.support.predictions import predicted, run_of
from tests.support.small_runs import written_spec

NAME = "cifar_binary"
ROOMS = {cnnspec.language.sources: SOURCE, cnnspec.backend.data.sources: READER}
SPEC = """
inputs: {image: [32, 32, 3]}
model: [rescaling: 0.003, global_avg_pool, dense: {units: 10, activation: softmax}]
data: {source: cifar_binary, train: batch.bin, test: test.bin, augment: [random_flip: horizontal]}
training: {epochs: 1, batch_size: 20, loss: auto, seed: 3}
"""


@dataclass(frozen=True)
class Read:
    """A spec whose data lies beside it."""

    spec: Spec
    graph: Graph
    folder: Path

    @property
    def section(self) -> DataSection:
        assert self.spec.data is not None
        return self.spec.data


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The source, as if its two files lay in their folders and its name in the list."""
    before = [*data.SOURCES]
    with pytest.MonkeyPatch.context() as patch:
        for room, code in ROOMS.items():
            folder = tmp_path_factory.mktemp("source")
            (folder / f"{NAME}.py").write_text(code + "\n")
            patch.setattr(room, "__path__", [*room.__path__, str(folder)])
        patch.setattr(data, "_LISTED", (*data._LISTED, NAME))
        yield
    DataSection.members.pop(NAME, None)
    reading._READERS.pop(NAME, None)
    for room in ROOMS:
        sys.modules.pop(f"{room.__name__}.{NAME}", None)
        vars(room).pop(NAME, None)
    assert [*data.SOURCES] == before


@pytest.fixture
def read(source: None, tmp_path: Path) -> Read:
    """40 examples to train with, four of each class; 20 to test with."""
    random = np.random.default_rng(1)
    for name, count in {"batch.bin": 40, "test.bin": 20}.items():
        pixels = random.integers(0, 256, (count, 3072), np.uint8)
        records = np.concatenate([np.arange(count, dtype=np.uint8)[:, None] % 10, pixels], axis=1)
        (tmp_path / name).write_bytes(records.tobytes())
    return Read(*written_spec(tmp_path, SPEC), tmp_path)


def test_it_is_validated(read: Read) -> None:
    path = read.folder / "small.yaml"
    assert analyse(str(path)).diagnostics == ()
    path.write_text(path.read_text().replace("test.bin", "../test.bin"))
    (found,) = analyse(str(path)).diagnostics
    assert found.code == "bad-value"
    assert found.span is not None
    assert path.read_text().splitlines()[found.span.line - 1].startswith("data:")


def test_it_is_documented(source: None) -> None:
    page = reference()["data.md"]
    assert f"## source: {NAME}\n\nCIFAR-10's binary files: for each picture" in page
    section = page.partition(f"## source: {NAME}\n")[2].partition("\n## ")[0]
    assert "The file of the training split." in section
    schema = spec_schema()["definitions"]
    assert NAME in schema["data"]["properties"]["source"]["anyOf"][0]["enum"]
    assert schema[f"data_{NAME}"]["properties"]["test"]["description"] == "The file of the test split."


def test_its_files_are_marked(read: Read) -> None:
    before = fingerprint(read.section, DataFolder(read.folder))
    assert list(before) == ["batch.bin", "test.bin"]
    (read.folder / "test.bin").write_bytes(b"")
    assert [each.name for each in changes(before, fingerprint(read.section, DataFolder(read.folder)))] == ["test.bin"]


def test_it_is_described(read: Read) -> None:
    view = look(read.spec, read.graph)
    assert view.source == NAME
    assert [(split.name, split.count) for split in view.splits] == [("train", 40), ("test", 20)]
    assert [each.counts for each in view.labels[0].classes] == [(4, 2)] * 10
    assert [(each.input, each.dtype, each.shape) for each in view.arrays] == [("image", "uint8", (32, 32, 3))]
    assert view.augment == ("random_flip",)
    assert examples_word(read.spec.data, read.graph) == "images"


def test_a_file_that_is_cut_short_is_refused_where_the_spec_names_it(read: Read) -> None:
    (read.folder / "batch.bin").write_bytes(b"\0" * 3072)
    with pytest.raises(Rejected) as caught:
        look(read.spec, read.graph)
    (found,) = caught.value.diagnostics
    assert found.message == f"{read.folder / 'batch.bin'} has 3,072 bytes; expected a multiple of 3,073"
    assert found.span is not None
    line = (read.folder / "small.yaml").read_text().splitlines()[found.span.line - 1]
    assert line[found.span.column - 1 :].startswith("batch.bin")


def test_pictures_are_predicted_by_a_network_that_learnt_from_it(read: Read) -> None:
    """The run knows its files, and what black and white are."""
    run = run_of(read.folder, read.spec, read.graph)
    assert set(read_marks(run) or ()) == {"batch.bin", "test.bin"}
    assert inputs_of(run, read.spec, read.graph) == ["PICTURE.png"]
    Image.new("RGB", (50, 40), "teal").save(read.folder / "teal.png")
    (one,) = predicted(run, read.folder / "teal.png")
    assert one.problems == ()
    assert len(one.outputs[0].guesses) == 3
    assert one.remarks[0].endswith("black as 0 and white as 255, as in the data of the training")
    assert takes(read.section, read.graph, {}).table is None
