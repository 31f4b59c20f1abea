"""What is known of a training that goes on, for those who doubt it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cnnspec.backend.loop.progress import Epoch
from cnnspec.backend.objective.yardstick import UNKNOWN, Yardstick
from cnnspec.graph.nodes import Graph
from cnnspec.language.figures import Direction


@dataclass(frozen=True, slots=True)
class SoFar:
    """The `epochs` that are over, each of so many `steps`, and the figures of what is `running` since.

    `watched` is the figure that says which epoch is the best, and `better` the way it goes; `rate` the learning rate.
    `clipped` is whether gradients are, `amiss` the codes of what was said of the data before. Of a training in phases
    it is about one, which began after so many epochs `before`. `loaded` are
    the layers whose weights, and statistics, the training did not begin with as they are drawn.
    """

    epochs: Sequence[Epoch]
    steps: int
    graph: Graph
    watched: str
    better: Direction
    yardstick: Yardstick = UNKNOWN
    rate: float = 0.0
    running: Mapping[str, float] = field(default_factory=dict)
    clipped: bool = False
    amiss: frozenset[str] = frozenset()
    before: int = 0
    loaded: frozenset[str] = frozenset()
