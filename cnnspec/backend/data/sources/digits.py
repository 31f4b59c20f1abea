"""scikit-learn's bundled set of 1,797 handwritten digits, 8x8 pixels from 0 to 16."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from cnnspec.backend.data.input_arrays import checked_input
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.reading import only_pair, reads
from cnnspec.backend.data.splits import Dataset, Split
from cnnspec.graph.nodes import Graph
from cnnspec.language.sources.digits import Digits
from cnnspec.source.file_route import file_at

TEST_SHARE = 0.2
_TEST_SEED = 0


@reads(Digits)
def digits(section: Digits, graph: Graph, folder: DataFolder, seed: int) -> Dataset:
    """The digits; a stratified fifth of them, 360 images and always the same, is the test split."""
    name, output = only_pair(graph, "digits has one picture and one label")
    bunch = load_digits()
    with file_at(("data",)):
        images = checked_input(bunch.images.astype(np.float32), "digits", name, graph, section.image)
    files = {name: "digits", output: "digits"}
    every = Split("all", {name: images}, {output: bunch.target.astype(np.int32)}, files, rows=np.arange(len(images)))
    rows = np.arange(every.count)
    train, test = train_test_split(rows, test_size=TEST_SHARE, stratify=bunch.target, random_state=_TEST_SEED)
    classes = tuple(str(digit) for digit in bunch.target_names)
    return Dataset(every.take(train, "train"), None, every.take(test, "test"), {output: classes})
