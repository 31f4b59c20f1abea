"""Which of several lanes beside each other each of some stretches takes, so that no two share a place."""

from collections.abc import Sequence


def lanes_of(spans: Sequence[tuple[float, float]]) -> list[int]:
    """A lane for each stretch, from 0, the shortest ones innermost; those that touch are kept apart."""
    lanes: list[list[tuple[float, float]]] = []
    found = [0] * len(spans)
    for at in sorted(range(len(spans)), key=lambda each: spans[each][1] - spans[each][0]):
        start, end = spans[at]
        lane = next(
            (number for number, taken in enumerate(lanes) if all(end < low or high < start for low, high in taken)),
            len(lanes),
        )
        if lane == len(lanes):
            lanes.append([])
        lanes[lane].append((start, end))
        found[at] = lane
    return found
