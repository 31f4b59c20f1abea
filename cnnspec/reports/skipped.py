"""Examples that were left out, as people are told of them."""

from collections import Counter
from collections.abc import Iterator, Sequence

from cnnspec.reports.numbers import plural
from cnnspec.results.skipped import Skipped

_LISTED = 5
MOST_SKIPPED_TOLD = 1_000
"""So many are listed for scripts; all are counted."""


def skipped_lines(skipped: Sequence[Skipped]) -> Iterator[str]:
    """How many examples of each split, and the first of them with the reason."""
    if not skipped:
        return
    counts = Counter(each.split for each in skipped)
    counted = ", ".join(f"{count:,} of {split}" for split, count in counts.items())
    yield f"skipped  {plural(len(skipped), 'example')} that cannot be read: {counted}"
    for each in skipped[:_LISTED]:
        yield f"skipped  {each.place}: {each.reason}"
    if len(skipped) > _LISTED:
        yield f"skipped  and {len(skipped) - _LISTED:,} more"
