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
from tests.support.places import DOCS

LAYERS, PARAMETERS = 60, 3_000_000
"""What is larger takes long to build: `tests.support.bundled_imported` builds all of them."""


def is_small(graph: Graph) -> bool:
    """Whether a network is built in a moment."""
    return len(graph.nodes) <= LAYERS and totals(graph.nodes).params <= PARAMETERS


NAMES = [name for name in bundled_names() if is_small(cnnspec.load(name).graph)]


@pytest.mark.parametrize("name", NAMES)
def test_a_bundled_spec_comes_back_from_the_model_that_it_builds(name: str) -> None:
    """Built by Keras and imported, it has the same layers with the same shapes and weights, and the same outputs."""
    graph = cnnspec.load(name).graph
    _, again = folded(build_model(graph, name), name)
    assert signs(again) == signs(graph)
    assert {key: again.nodes[at].output for key, at in again.inputs.items()} == {
        key: graph.nodes[at].output for key, at in graph.inputs.items()
    }
    assert not graph.named_outputs or sorted(again.outputs) == sorted(graph.outputs)


@pytest.mark.parametrize(("network", "most"), [("MobileNetV2", 90), ("EfficientNetB0", 150), ("InceptionV3", 250)])
def test_a_published_network_is_as_short_as_its_paper_says_it(network: str, most: int) -> None:
    """Blocks and repeats make of hundreds of layers what fits on a page."""
    text, _ = folded(getattr(keras.applications, network)(weights=None), network)
    assert len(text.splitlines()) <= most


def test_the_page_shows_what_a_network_is_imported_as() -> None:
    """Word by word, in no more than 80 lines."""
    text, _ = folded(keras.applications.ResNet50(weights=None), "ResNet50.json")
    assert text in (DOCS / "import.md").read_text()
    assert len(text.splitlines()) <= 80


@pytest.mark.parametrize("network", ["MobileNet", "MobileNetV3Small"])
def test_an_imported_network_computes_what_the_file_s_does(network: str) -> None:
    """With its weights, drawn at random; `tests.support.applications_imported` compares all of keras.applications."""
    row = dict(zip(TITLES, compared(network), strict=True))
    assert float(row["largest difference"]) <= 1e-5 * max(1, float(row["logits up to"]))
