"""What reads a query, values and keys: each step of a sequence gathers from the steps that suit it."""

from collections.abc import Sequence
from typing import ClassVar

from cnnspec.layers.base import Layer, Misfit, Placeless
from cnnspec.layers.shape import Shape, write_shape
from cnnspec.layers.traits import Reread


class Attending(Layer):
    """Reads query, value and key; of one entry it is all three, and of two the second is value and key."""

    ordered = True
    rereads = Reread(output=True)

    merges: ClassVar[bool] = True
    least_inputs: ClassVar[int] = 1
    most_inputs: ClassVar[int | None] = 3

    use_causal_mask: bool = False
    """Whether each step gathers only from itself and those before it."""

    def knows_masks(self, shape: Shape) -> bool:
        """Along steps it gathers nothing from padding, and hands the query's mask on."""
        return len(shape) == 2

    def misfit(self, inputs: Sequence[Shape], expected: str) -> Misfit:
        """Of what is read together."""
        if len({*inputs}) == 1 and len(inputs[0]) < 2:
            return Placeless(self.kind, inputs[0], expected)
        said = " and ".join(write_shape(shape) for shape in dict.fromkeys(inputs))
        return Misfit(None, f"{self.kind} reads {said}", expected, says_shapes=True)

    def check_steps(self, inputs: Sequence[Shape]) -> None:
        """Refuse what are no steps with channels, or no key for each value; raises Misfit."""
        query, value, key = three(inputs)
        if {len(query), len(value), len(key)} != {2} or value[:-1] != key[:-1]:
            raise self.misfit(inputs, "steps with channels, (length, c), and a key for each value")

    def caused(self) -> dict[str, bool]:
        """What Keras' layer is called with."""
        return {"use_causal_mask": True} if self.use_causal_mask else {}

    def causal(self, text: str) -> str:
        """A phrase, and whether it looks back alone."""
        return f"{text}, causal" if self.use_causal_mask else text


def three(inputs: Sequence[Shape]) -> tuple[Shape, Shape, Shape]:
    """Query, value and key."""
    query, value = inputs[0], inputs[min(1, len(inputs) - 1)]
    return query, value, inputs[2] if len(inputs) > 2 else value
