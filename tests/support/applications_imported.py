"""Every network of keras.applications, imported: its spec built, its drawn weights carried over, outputs compared.

Scales of normalisations are drawn with either sign, so that a pool or an activation in the wrong place is seen; logits
are compared, not what softmax leaves of them. The largest take minutes and gigabytes, so that tests run the smallest
two; `python -m tests.support.applications_imported` prints the table of BENCHMARKS.md, and names after it
(`ResNet50 VGG16`) only some of its rows.
"""

import gc
import json
import sys
import time
from collections.abc import Sequence

import keras
import numpy as np

from cnnspec.analysis import analyse
from cnnspec.backend.model.adapt import refresh
from cnnspec.backend.transfer.fetch import carried
from cnnspec.foreign.keras_network import keras_network
from cnnspec.foreign.spec_of import spec_of
from cnnspec.graph.facts import totals
from tests.support.carried_weights import draw_weights, without_softmax

TITLES = ("network", "lines", "parameters", "tensors", "found by", "logits up to", "largest difference", "seconds")
_USUAL = 224


def applications() -> tuple[str, ...]:
    """The names of all networks of keras.applications."""
    held = vars(keras.applications)
    return tuple(sorted(name for name, each in held.items() if callable(each) and name[0].isupper()))


def compared(network: str) -> tuple[str, ...]:
    """A row of the table."""
    begun = time.perf_counter()
    theirs = getattr(keras.applications, network)(weights=None)
    draw_weights(theirs, seed=1)
    text = spec_of(keras_network(json.loads(theirs.to_json())), network).text
    _, graph = analyse("-", standard_input=text.encode).require()
    ours, told = carried(theirs, graph, "carried", network)
    refresh(ours)
    sizes = [size or _USUAL for size in theirs.input_shape[1:-1]]
    pixels = np.random.default_rng(2).uniform(0, 255, (1, *sizes, 3)).astype("float32")
    expected = without_softmax(theirs).predict(pixels, verbose=0)
    found = without_softmax(ours).predict(pixels, verbose=0)
    scale = np.abs(expected).max()
    params = f"{totals(graph.nodes).params:,}"
    tensors = f"{told.count('loaded')} of {len(told.weights)}"
    difference, seconds = np.abs(found - expected).max(), time.perf_counter() - begun
    lines = str(len(text.splitlines()))
    return network, lines, params, tensors, told.way, f"{scale:.3g}", f"{difference:.2g}", f"{seconds:.0f}"


def main(wanted: Sequence[str]) -> None:
    """Print a row for each, as soon as it is there."""
    print(f"| {' | '.join(TITLES)} |\n|{' --- |' * len(TITLES)}")
    for network in wanted or applications():
        print(f"| {' | '.join(compared(network))} |", flush=True)
        keras.backend.clear_session()
        gc.collect()


if __name__ == "__main__":
    main(sys.argv[1:])
