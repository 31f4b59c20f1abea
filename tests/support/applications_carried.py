"""Every network of keras.applications against the bundled spec that declares it: drawn weights, carried over, compared.

Scales of normalisations are drawn with either sign, so that a pool or an activation in the wrong place is seen; logits
are compared, not what softmax leaves of them. The largest networks take minutes and gigabytes, so that no test runs
this; `python -m tests.support.applications_carried` prints the table of BENCHMARKS.md, and names or variants after it
(`densenet@121 vgg`) only some of its rows.
"""

import gc
import importlib
import sys
import time
from collections.abc import Iterator, Sequence

import keras
import numpy as np

import cnnspec
from cnnspec.backend.model.adapt import refresh
from cnnspec.backend.transfer.fetch import carried
from cnnspec.language.bundled import bundled_names, bundled_text
from cnnspec.language.bundled_variants import bundled_variants
from cnnspec.source.diagnostic import Rejected
from cnnspec.weights.fetched import pretrained_of
from tests.support.carried_weights import draw_weights, without_softmax

TITLES = ("network", "spec", "tensors", "found by", "logits up to", "largest difference", "seconds")


def declaring() -> Iterator[str]:
    """The bundled specs and variants that declare a network of keras.applications."""
    for name in bundled_names():
        if "\npretrained:" in bundled_text(name):
            yield from (f"{name}@{variant}" if variant else name for variant in bundled_variants(name) or ("",))


def compared(spec: str) -> tuple[str, ...] | None:
    """A row of the table; None where a variant declares nothing."""
    loaded, begun = cnnspec.load(spec), time.perf_counter()
    network = pretrained_of(loaded.spec).get("imagenet")
    if network is None:
        return None
    theirs = getattr(keras.applications, network)(weights=None)
    draw_weights(theirs, seed=1)
    try:
        ours, told = carried(theirs, loaded.graph, "carried", network)
    except Rejected as refused:
        return (network, spec, "-", "-", "-", str(refused.diagnostics[0].message), "-")
    refresh(ours)
    pixels = np.random.default_rng(2).uniform(0, 255, (1, *ours.input_shape[1:])).astype("float32")
    prepared = importlib.import_module(type_module(network)).preprocess_input(pixels.copy())
    expected = without_softmax(theirs).predict(prepared, verbose=0)
    found = without_softmax(ours).predict(pixels, verbose=0)
    tensors, seconds = f"{told.count('loaded')} of {len(told.weights)}", f"{time.perf_counter() - begun:.0f}"
    difference = f"{np.abs(found - expected).max():.2g}"
    return (network, spec, tensors, told.way, f"{np.abs(expected).max():.3g}", difference, seconds)


def type_module(network: str) -> str:
    """The module in which a network stands with what prepares its pixels."""
    return str(getattr(keras.applications, network).__module__)


def main(wanted: Sequence[str]) -> None:
    """Print a row for each, as soon as it is there."""
    print(f"| {' | '.join(TITLES)} |\n|{' --- |' * len(TITLES)}")
    for spec in declaring():
        if wanted and spec not in wanted and spec.partition("@")[0] not in wanted:
            continue
        row = compared(spec)
        if row is not None:
            print(f"| {' | '.join(row)} |", flush=True)
        keras.backend.clear_session()
        gc.collect()


if __name__ == "__main__":
    main(sys.argv[1:])
