"""Layers around a layer."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from pydantic_core import CoreSchema, core_schema

from cnnspec.layers import LAYERS
from cnnspec.layers.base import Facts, Layer, Misfit, Placeless, Weight
from cnnspec.layers.building import freeze
from cnnspec.layers.fields import Size
from cnnspec.layers.kind import read_kind
from cnnspec.layers.marks import Inner, InnerSchema, Mark, Schema
from cnnspec.layers.meaning import Meaning
from cnnspec.layers.phrase import Phrase
from cnnspec.layers.shape import Shape
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import Inside, Reread


class _AnyLayer(Mark):
    """Marks a field that takes a layer, by its kind or with its arguments."""

    def core(self, inner: Inner) -> CoreSchema:
        """The layer that the value writes down."""
        return core_schema.no_info_plain_validator_function(lambda value: read_kind("layer", LAYERS, value))

    def json(self, inner: InnerSchema) -> Schema:
        """A kind, or a map of one to its arguments."""
        return {"anyOf": [{"enum": list(LAYERS)}, {"type": "object", "minProperties": 1, "maxProperties": 1}]}


AnyLayer = Annotated[Layer, _AnyLayer()]


class LayerAround(Layer):
    """One layer, and what is done around it."""

    layer: AnyLayer
    """The layer within, as an entry would write it."""

    def plain(self, shape: Shape) -> Layer:
        """The layer within, if Keras has one that is all of it; raises Misfit."""
        if self.layer.merges:
            raise Misfit("layer", f"{self.layer.kind} within {self.kind}", "a layer that reads one entry")
        (part, *more) = self.layer.parts(shape)
        if more or part.layer != self.layer:
            received = f"{self.layer.kind} with a norm, a padding or an activation with arguments"
            raise Misfit("layer", received, "a plain layer", "write them as entries before and after it")
        return self.layer

    @property
    def ends_in(self) -> str:
        """As the layer within."""
        return self.layer.ends_in

    @property
    def rereads(self) -> Reread:
        """As the layer within."""
        return self.layer.rereads

    @property
    def weighs(self) -> bool:
        """As the layer within."""
        return self.layer.weighs

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """What the layer within says, and what is done around it."""
        inner = self.layer.phrase(self.within(read), self.within(output))
        tail = f", stride {inner.stride}" if inner.stride else ""
        return Phrase(f"{inner.text}{tail}, {self.around}", told=frozenset({"layer"}))

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """What is around stands for the layer within."""
        return {**super().symbols(*inputs), "layer": Symbol(self.layer.kind)}

    around = ""

    def within(self, shape: Shape) -> Shape:
        """What the layer within reads or gives."""
        return shape

    def wrapped(self, keras: Any, class_name: str, name: str, shape: Shape, **arguments: Any) -> Callable[..., Any]:
        """Keras' wrapper around Keras' layer."""
        layer = self.layer if self.trainable else self.layer.model_copy(update={"trainable": False})
        inner = layer.build(keras, layer.kind, shape)
        if not isinstance(inner, keras.layers.Layer):
            raise TypeError(layer.kind)
        wrapper: Callable[..., Any] = getattr(keras.layers, class_name)(
            inner, **arguments, trainable=self.trainable, name=name
        )
        if not self.trainable:
            freeze(wrapper)
        return wrapper


class TimeDistributed(LayerAround, kind="time_distributed"):
    """Apply a layer to each step by itself: (length, ...) -> (length, ...), with the same weights.

    ```yaml
    - time_distributed: {layer: {conv: {filters: 4, kernel_size: 3}}}      # (3, 8, 8, 2) -> (3, 6, 6, 4)
    - time_distributed: {layer: flatten}                                   # (3, 4, 2) -> (3, 8)
    ```
    """

    formula = "y[t] = layer(x[t])  # with the same weights at each step"

    around = "each step"

    def within(self, shape: Shape) -> Shape:
        """One step."""
        return shape[1:]

    def infer(self, *inputs: Shape) -> Facts:
        """As many steps, of what the layer makes of each."""
        if len(inputs[0]) < 2:
            raise Placeless(self.kind, inputs[0], "steps")
        facts = self.plain(inputs[0][1:]).infer(inputs[0][1:])
        return Facts((inputs[0][0], *facts.output), facts.weights, inputs[0][0] * facts.macs, reach=None)

    def inside(self, *inputs: Shape) -> Inside:
        """That of each step."""
        step = self.layer.inside(inputs[0][1:])
        return Inside(inputs[0][0] * step.kept, inputs[0][0] * step.passing)

    def knows_masks(self, shape: Shape) -> bool:
        """Steps stay steps."""
        return True

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """As the layer within."""
        return self.layer.gives(read, [shapes[0][1:]])

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' TimeDistributed."""
        return self.wrapped(keras, "TimeDistributed", name, inputs[0][1:])


class SpectralNorm(LayerAround, kind="spectral_norm"):
    """A layer whose kernel is divided by its largest singular value while training (Miyato et al. 2018).

    ```yaml
    - spectral_norm: {layer: {conv: {filters: 4, kernel_size: 3}}}      # (8, 8, 2) -> (6, 6, 4)
    - spectral_norm: {layer: {dense: 10}}                               # (64,) -> (10,)
    ```
    """

    formula = """
    kernel = kernel / sigma(kernel)  # while training, before it is used: sigma is the largest singular value
    y = layer(x)
    """

    around = "spectral norm"

    layer: AnyLayer
    """The layer within, as an entry would write it."""
    power_iterations: Size = 1
    """How often the estimate of that value is improved at each step."""

    def infer(self, *inputs: Shape) -> Facts:
        """As the layer within, and a vector for each output of its kernel."""
        facts = self.plain(inputs[0]).infer(*inputs)
        kernel, *rest = facts.weights or (Weight("", ()),)
        if kernel.name not in ("kernel", "embeddings"):
            raise Misfit("layer", f"{self.layer.kind} within spectral_norm", "a layer with a kernel, as conv or dense")
        vector = Weight("vector_u", (1, kernel.shape[-1]), trainable=False)
        return Facts(facts.output, (kernel, vector, *rest), facts.macs, facts.reach)

    def inside(self, *inputs: Shape) -> Inside:
        """That of the layer within."""
        return self.layer.inside(*inputs)

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """As the layer within."""
        return self.layer.gives(read, shapes)

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' SpectralNormalization."""
        more = {"power_iterations": self.power_iterations}
        return self.wrapped(keras, "SpectralNormalization", name, inputs[0], **more)
