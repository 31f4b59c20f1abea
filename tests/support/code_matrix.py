"""Code of every bundled spec, each variant at its full size, run in a process of its own without cnnspec.

    python -m tests.support.code_matrix [SPEC ...]

Prints a row for each: lines of code, seconds to write it, weights, and the largest difference of the outputs from those
of `cnnspec build`'s model with the same drawn weights.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np

from cnnspec.analysis import analyse
from cnnspec.language.bundled import bundled_names
from cnnspec.language.bundled_variants import bundled_variants
from cnnspec.reports.code.program import keras_code
from tests.support.written_code import WORDS, read_back, run_all, write_all


def specs(named: list[str]) -> Iterator[str]:
    """Each bundled spec in each of its variants."""
    for name in named or bundled_names():
        variants = () if "@" in name else bundled_variants(name)
        yield from (f"{name}@{variant}" for variant in variants) if variants else (name,)


def row(spec: str) -> str:
    """What is told of one; raises where the code's model is another."""
    read, graph = analyse(spec).require()
    start = time.process_time()
    lines = len(str(keras_code(read, graph)).splitlines())
    seconds = time.process_time() - start
    with tempfile.TemporaryDirectory() as folder:
        (said,) = write_all({"model": (spec, ())}, Path(folder), ["model"]).values()
        keras.backend.clear_session()
        run_all(Path(folder), ["model"])
        found = read_back(Path(folder), "model")
    assert found["shapes"].tolist() == said["shapes"], spec
    outputs = [name for name in said if name not in WORDS]
    difference = max(float(np.abs(found[name] - said[name]).max()) for name in outputs)
    assert difference <= 1e-6, (spec, difference)
    return f"| {spec} | {lines} | {seconds:.2f} | {len(said['shapes'])} | {difference:g} |"


if __name__ == "__main__":
    print("| spec | lines | seconds | weights | difference |\n| --- | ---: | ---: | ---: | ---: |", flush=True)
    for each in specs(sys.argv[1:]):
        print(row(each), flush=True)
