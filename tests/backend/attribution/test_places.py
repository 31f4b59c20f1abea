"""Where a Grad-CAM is taken without being asked: the last place through which everything goes, by its name."""

import pytest

from cnnspec.analysis import analyse
from cnnspec.backend.attribution.places import last_places, points_of

LAST = {
    "digits": ["conv2 (4×4), the last stage with spatial axes"],
    "lenet": ["S4 (5×5), the last stage with spatial axes"],
    "fashion": ["conv3.conv3x31.conv1.activation (7×7), the last layer with spatial axes"],
    "textcnn": ["embed (64), the last stage with spatial axes"],
    "two-inputs": ["sound.conv2.activation (32), the last layer with spatial axes of recording"],
    "googlenet-auxiliary": ["5b (7×7), the last stage with spatial axes"],
    "siamese": [
        "encode.conv4 (6×6), the last layer with spatial axes of left",
        "encode_right.reuse1.encode.conv4 (6×6), the last layer with spatial axes of right",
    ],
}


@pytest.mark.parametrize("name", LAST)
def test_the_last_place_is_one_that_everything_goes_through(name: str) -> None:
    """No branch of several, no single place, and the one on the way to the output that is asked."""
    graph = analyse(name).require()[1]
    assert [placed.stage.told for placed in last_places(graph, next(iter(graph.outputs)))] == LAST[name]


def test_ids_are_attributed_where_they_are_looked_up() -> None:
    """At each table that reads them; numbers where they come in."""
    graph = analyse("kim-multichannel").require()[1]
    assert [(point.input, graph.nodes[point.position].kind, point.of_ids) for point in points_of(graph)] == [
        ("tokens", "embedding", True),
        ("tokens", "embedding", True),
    ]
    assert [point.of_ids for point in points_of(analyse("digits").require()[1])] == [False]
