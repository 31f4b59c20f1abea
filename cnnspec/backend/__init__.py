"""Everything that imports keras and tensorflow: building, data, the training loop, evaluation.

Startup comes first, so that no module of this room starts TensorFlow with its chatter.
"""

from cnnspec.backend.startup import draw_seed, use_seed

__all__ = ["draw_seed", "use_seed"]
