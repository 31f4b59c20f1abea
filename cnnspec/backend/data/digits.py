"""scikit-learn's bundled set of 1,797 handwritten digits, 8x8 pixels from 0 to 16."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from cnnspec.backend.data.splits import Dataset, Split

TEST_SHARE = 0.2
_TEST_SEED = 0


def digits(input_name: str, output_name: str) -> Dataset:
    """The digits; a stratified fifth of them, 360 images and always the same, is the test split."""
    bunch = load_digits()
    every = Split("all", {input_name: bunch.images.astype(np.float32)}, {output_name: bunch.target.astype(np.int32)})
    rows = np.arange(every.count)
    train, test = train_test_split(rows, test_size=TEST_SHARE, stratify=bunch.target, random_state=_TEST_SEED)
    names = tuple(str(name) for name in bunch.target_names)
    return Dataset(every.take(train, "train"), None, every.take(test, "test"), {output_name: names})
