"""Which examples of every batch this process reads."""

from dataclasses import dataclass
from typing import Any

import tensorflow as tf


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a batch for `local` replicas, from the replica `first` on, of `count` in all.

    Replicas take equally many examples one after the other. Where a batch cannot be divided the last ones repeat
    examples from its beginning, which nothing counts.
    """

    first: int = 0
    local: int = 1
    count: int = 1

    @property
    def places(self) -> range:
        """The places of the replicas here among all."""
        return range(self.first, self.first + self.local)

    def rows(self, batch: int) -> int:
        """How many examples a replica takes of a batch of so many."""
        return -(-batch // self.count)

    def positions(self, batch: Any) -> Any:
        """Where in a batch of so many the examples for the replicas here stand: each replica's after another."""
        each = -(-batch // self.count)
        return (self.first * each + tf.range(self.local * each)) % batch


WHOLE = Share()
