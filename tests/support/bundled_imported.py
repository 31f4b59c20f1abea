"""Every bundled spec, each of its variants: built by Keras, imported, and compared layer by layer.

Building them all takes minutes, so that tests build the small ones; `python -m tests.support.bundled_imported` prints
the table of BENCHMARKS.md, and names or variants after it (`densenet@121 vgg`) only some of its rows.
"""

import gc
import sys
import time
from collections.abc import Iterator, Sequence

import keras

import cnnspec
from cnnspec.backend.model.build import build_model
from cnnspec.language.bundled import bundled_names, bundled_text
from cnnspec.language.bundled_variants import bundled_variants
from tests.support.imported import folded, signs

TITLES = ("spec", "layers", "lines of the spec", "lines imported", "the same", "seconds")


def every_spec() -> Iterator[str]:
    """The bundled specs, each with all of its variants."""
    for name in bundled_names():
        yield from (f"{name}@{variant}" if variant else name for variant in bundled_variants(name) or ("",))


def compared(spec: str) -> tuple[str, ...]:
    """A row of the table."""
    graph = cnnspec.load(spec).graph
    model = build_model(graph, "built")
    begun = time.perf_counter()
    text, again = folded(model, spec)
    seconds = time.perf_counter() - begun
    lines = str(len(bundled_text(spec.partition("@")[0]).splitlines()))
    alike = "yes" if signs(again) == signs(graph) else "no"
    return spec, str(len(graph.nodes)), lines, str(len(text.splitlines())), alike, f"{seconds:.1f}"


def main(wanted: Sequence[str]) -> None:
    """Print a row for each, as soon as it is there."""
    print(f"| {' | '.join(TITLES)} |\n|{' --- |' * len(TITLES)}")
    for spec in every_spec():
        if not wanted or spec in wanted or spec.partition("@")[0] in wanted:
            print(f"| {' | '.join(compared(spec))} |", flush=True)
            keras.backend.clear_session()
            gc.collect()


if __name__ == "__main__":
    main(sys.argv[1:])
