"""`pretrained`: weights that a network has elsewhere, by names of a closed list and never by a place."""

from collections.abc import Iterator
from dataclasses import replace

from cnnspec.source.diagnostic import Diagnostic, misspelt
from cnnspec.source.values import Entry, Mapping, Scalar, Value, describe

KERAS_APPLICATIONS = (
    *(f"ConvNeXt{size}" for size in ("Tiny", "Small", "Base", "Large", "XLarge")),
    *(f"DenseNet{depth}" for depth in (121, 169, 201)),
    *(f"EfficientNetB{size}" for size in range(8)),
    *(f"EfficientNetV2{size}" for size in ("B0", "B1", "B2", "B3", "S", "M", "L")),
    *("InceptionResNetV2", "InceptionV3"),
    *("MobileNet", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large"),
    *("NASNetMobile", "NASNetLarge"),
    *(f"ResNet{depth}{version}" for depth in (50, 101, 152) for version in ("", "V2")),
    *("VGG16", "VGG19", "Xception"),
)
"""The networks of keras.applications, all with weights learnt from ImageNet."""
SETS = {"imagenet": "What was learnt from the 1.28 million pictures of ImageNet's 1,000 classes."}
"""What weights were learnt from."""
NAMED = "The network of keras.applications whose weights these are."
_KERAS = "keras"
_EXAMPLE = "write imagenet: {keras: ResNet50}, or by variant imagenet: {b0: {keras: EfficientNetB0}}"


def declared(root: Mapping, variant: str | None) -> dict[str, str]:
    """What a spec declares: `imagenet` -> the name in keras.applications; a variant without one has none."""
    found = {}
    for entry in _entries(root.get("pretrained")):
        named = _of_variant(entry.value, variant)
        name = named.get(_KERAS) if isinstance(named, Mapping) else None
        if entry.key in SETS and isinstance(name, Scalar) and name.text in KERAS_APPLICATIONS:
            found[entry.key] = name.text
    return found


def with_one_variant(root: Mapping, variant: str | None) -> Mapping:
    """The spec with what it declares for this variant alone, as those that extend it inherit it."""
    section = root.entry("pretrained")
    if section is None or not isinstance(section.value, Mapping):
        return root
    kept = []
    for entry in section.value:
        value = _of_variant(entry.value, variant)
        kept += [replace(entry, value=value)] if value is not None else []
    laid = replace(section, value=replace(section.value, entries=tuple(kept)))
    entries = (laid if entry is section else entry for entry in root)
    return replace(root, entries=tuple(entry for entry in entries if kept or entry is not laid))


def mistakes(root: Mapping) -> Iterator[Diagnostic]:
    """What stands under `pretrained` and is no name of the closed list."""
    section = root.get("pretrained")
    if section is not None and not isinstance(section, Mapping) and not _is_null(section):
        yield _bad("pretrained", section)
    variants = root.get("variants")
    known = variants.keys() if isinstance(variants, Mapping) else ()
    for entry in _entries(section):
        if entry.key not in SETS:
            yield misspelt("unknown-key", f"pretrained has no key {entry.key}", entry.key, SETS, entry.span)
        elif not isinstance(entry.value, Mapping):
            yield _bad(f"pretrained {entry.key}", entry.value)
        elif entry.value.entry(_KERAS) is not None:
            yield from _named(entry.value)
        else:
            yield from _by_variant(entry, known)


def _by_variant(section: Entry, known: tuple[str, ...]) -> Iterator[Diagnostic]:
    for entry in _entries(section.value):
        if entry.key not in known:
            message = f"pretrained {section.key} has {entry.key}, which is neither {_KERAS} nor a variant"
            yield misspelt("unknown-key", message, entry.key, (_KERAS, *known), entry.span)
        elif isinstance(entry.value, Mapping):
            yield from _named(entry.value)
        else:
            yield _bad(f"pretrained {section.key} of {entry.key}", entry.value)


def _named(named: Mapping) -> Iterator[Diagnostic]:
    for entry in named:
        if entry.key != _KERAS:
            message = f"pretrained weights have no key {entry.key}: they come from keras.applications alone"
            yield misspelt("unknown-key", message, entry.key, (_KERAS,), entry.span)
        elif not isinstance(entry.value, Scalar) or entry.value.text not in KERAS_APPLICATIONS:
            word = entry.value.text if isinstance(entry.value, Scalar) else ""
            message, span = (
                f"{describe(entry.value)} is no network of keras.applications with weights",
                entry.value.span,
            )
            if word.isalnum():
                yield misspelt("unknown-name", message, word, KERAS_APPLICATIONS, span)
            else:
                help = "weights from elsewhere are files: write start_from, or add --start-from FILE"
                yield Diagnostic("unknown-name", message, span, help=help)


def _of_variant(value: Value, variant: str | None) -> Value | None:
    if not isinstance(value, Mapping) or value.entry(_KERAS) is not None:
        return value
    return value.get(variant) if variant is not None else None


def _bad(what: str, value: Value) -> Diagnostic:
    return Diagnostic("bad-value", f"{what} is {describe(value)}, expected a map", value.span, help=_EXAMPLE)


def _entries(value: Value | None) -> tuple[Entry, ...]:
    return value.entries if isinstance(value, Mapping) else ()


def _is_null(value: Value) -> bool:
    return isinstance(value, Scalar) and value.value is None
