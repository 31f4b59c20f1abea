"""Whether two networks are one: the same layers reading the same, whatever they are called and in whichever order.

Every node gets a colour, which it shares with the nodes that are like it and stand in like places: by what it is and
reads, then also by who reads it, until no two are told apart that were not before (Weisfeiler and Leman 1968).
"""

from collections import Counter
from collections.abc import Hashable, Sequence

from cnnspec.source.frozen import frozen

_ROUNDS = 4


@frozen
class Vertex:
    """A node: what it is, the positions that it reads, and whether their order counts.

    `shared` is the position of the node whose weights it uses, if that is another one.
    """

    looks: Hashable
    reads: tuple[int, ...]
    ordered: bool = True
    shared: int | None = None


def are_one(one: Sequence[Vertex], other: Sequence[Vertex]) -> bool:
    """Whether the vertices of both are the same but for their order."""
    if len(one) != len(other):
        return False
    numbers: dict[Hashable, int] = {}
    mine, theirs = [0] * len(one), [0] * len(other)
    for _ in range(_ROUNDS):
        mine, theirs = _coloured(one, mine, numbers), _coloured(other, theirs, numbers)
        if Counter(mine) != Counter(theirs):
            return False
        if len(set(mine)) == len(mine):
            break
    return True


def _coloured(vertices: Sequence[Vertex], before: list[int], numbers: dict[Hashable, int]) -> list[int]:
    """The colours once each vertex has looked at what it reads, and then at who reads it."""
    down: list[int] = []
    for at, vertex in enumerate(vertices):
        read = [down[each] for each in vertex.reads]
        shared = None if vertex.shared is None else down[vertex.shared]
        looks = (before[at], vertex.looks, tuple(read if vertex.ordered else sorted(read)), shared)
        down.append(numbers.setdefault(looks, len(numbers)))
    seen: list[list[tuple[int, int]]] = [[] for _ in vertices]
    up = list(down)
    for at in reversed(range(len(vertices))):
        up[at] = numbers.setdefault((down[at], tuple(sorted(seen[at]))), len(numbers))
        vertex = vertices[at]
        for number, each in enumerate(vertex.reads):
            seen[each].append((up[at], number if vertex.ordered else 0))
        if vertex.shared is not None:
            seen[vertex.shared].append((up[at], -1))
    return up
