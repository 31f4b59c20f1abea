"""What a setting is where a spec does not set it."""

from collections.abc import Sequence

from cnnspec.language.sources.section import DataSection
from cnnspec.language.spec import Spec
from cnnspec.language.training import Training
from cnnspec.layers import LAYERS
from cnnspec.layers.kind import Kind
from cnnspec.layers.model import Fields
from cnnspec.source.values import Mapping, Scalar, Value, plain, show


def default_at(spec: Spec, path: Sequence[str]) -> str | None:
    """The default of a setting as a spec would write it; None where it is nothing, or is not known.

    `path` is that of a setting, as in `training.optimizer.adam.epsilon` or `model.see.0.dense.use_bias`; which
    sections and kinds it leads through, the spec says.
    """
    if (said := _said_once(spec, path)) is not None:
        return said.text if isinstance(said, Scalar) and isinstance(said.value, str) else show(plain(said))
    model = _model_at(spec, path)
    info = model.model_fields.get(path[-1]) if model else None
    if info is None or info.is_required():
        return None
    default = info.default
    if isinstance(default, Kind):
        return default.kind
    if isinstance(default, bool | int | float | str):
        return default if isinstance(default, str) else show(default)
    return None


def _said_once(spec: Spec, path: Sequence[str]) -> Value | None:
    """What `defaults` say of an argument of an entry."""
    if path[0] not in ("model", "blocks") or len(path) <= 2:
        return None
    kinds = spec.defaults_at(".".join(path[:2])) or spec.defaults_at("model")
    held = kinds[path[-2]].value if path[-2] in kinds else None
    return held.get(path[-1]) if isinstance(held, Mapping) else None


def _model_at(spec: Spec, path: Sequence[str]) -> type[Fields] | None:
    """The class whose field the last part of a path is."""
    if path[0] in ("model", "blocks") and len(path) > 2:
        return LAYERS.get(path[-2])
    sections: dict[str, Training | DataSection | None] = {"training": spec.training or Training(), "data": spec.data}
    held: object = sections.get(path[0])
    for part in path[1:-1]:
        stays = isinstance(held, Kind) and part in (held.kind, "*")
        held = held if stays else getattr(held, part, None)
    return type(held) if isinstance(held, Fields) else None
