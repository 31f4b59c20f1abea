"""What a file's network is folded into stays the same network, and is as short as a person would write it."""

import keras
import pytest

import cnnspec
from cnnspec.backend.model.build import build_model
from cnnspec.graph.facts import totals
from cnnspec.graph.nodes import Graph
from cnnspec.language.bundled import bundled_names
from tests.support.applications_imported import TITLES, compared
from tests.support.imported import folded, signs
from tests.support.layers_oracle import unfilled
from tests.support.places import DOCS

LAYERS, PARAMETERS = 60, 3_000_000
"""What is larger takes long to build: `tests.support.bundled_imported` builds all of them."""


def is_small(graph: Graph) -> bool:
    """Whether a network is built in a moment."""
    return len(graph.nodes) <= LAYERS and totals(graph.nodes).params <= PARAMETERS


def test_bundled_specs_come_back_from_the_models_that_they_build() -> None:
    """Built by Keras and imported, they have the same layers with the same shapes and weights, and the same outputs."""
    graphs = {name: cnnspec.load(name).graph for name in bundled_names()}
    small = {name: graph for name, graph in graphs.items() if is_small(graph)}
    assert len(small) > 10
    for name, graph in small.items():
        with unfilled():
            model = build_model(graph, name)
        _, again = folded(model, name)
        assert signs(again) == signs(graph), name
        assert {key: again.nodes[at].output for key, at in again.inputs.items()} == {
            key: graph.nodes[at].output for key, at in graph.inputs.items()
        }, name
        assert not graph.named_outputs or sorted(again.outputs) == sorted(graph.outputs), name


@pytest.mark.parametrize(("network", "most"), [("MobileNetV2", 90), ("EfficientNetB0", 150), ("InceptionV3", 250)])
def test_a_published_network_is_as_short_as_its_paper_says_it(network: str, most: int) -> None:
    """Blocks and repeats make of hundreds of layers what fits on a page."""
    with unfilled():
        model = getattr(keras.applications, network)(weights=None)
    text, _ = folded(model, network)
    assert len(text.splitlines()) <= most


def test_the_page_shows_what_a_network_is_imported_as() -> None:
    """Word by word, in no more than 80 lines."""
    with unfilled():
        model = keras.applications.ResNet50(weights=None)
    text, _ = folded(model, "ResNet50.json")
    assert text in (DOCS / "import.md").read_text()
    assert len(text.splitlines()) <= 80


@pytest.mark.parametrize("network", ["MobileNet", "MobileNetV3Small"])
def test_an_imported_network_computes_what_the_file_s_does(network: str) -> None:
    """With its weights, drawn at random; `tests.support.applications_imported` compares all of keras.applications."""
    row = dict(zip(TITLES, compared(network), strict=True))
    assert float(row["largest difference"]) <= 1e-5 * max(1, float(row["logits up to"]))
