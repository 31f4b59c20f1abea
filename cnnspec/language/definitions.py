"""The blocks that a spec defines: their parameters and their layers."""

from cnnspec.language.composites import ENTRY_ARGUMENTS, Composite
from cnnspec.language.naming import check_word
from cnnspec.language.spec import Block, Parameter
from cnnspec.layers import LAYERS
from cnnspec.source.diagnostic import Diagnostic, Report, misspelt
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value, describe


def read_blocks(value: Value | None, report: Report) -> dict[str, Block]:
    """The blocks by name, without those that are wrong, which is reported."""
    blocks = {}
    for entry in value if isinstance(value, Mapping) else ():
        block = _block(entry, report)
        if block is not None:
            blocks[entry.key] = block
    return blocks


def _block(entry: Entry, report: Report) -> Block | None:
    if entry.key in LAYERS or entry.key in Composite.members:
        report(
            Diagnostic(
                "reserved-name",
                f"the block {entry.key} has the name of a layer",
                entry.span,
                help="give it another name",
            )
        )  # It is read all the same: in a run of a version that had no such layer, it is only warned of.
    if not check_word(entry.key, entry.span, "block", report):
        return None
    body = entry.value
    if not isinstance(body, Mapping):
        report(
            Diagnostic(
                "bad-value",
                f"block {entry.key} is {describe(body)}, expected a map with layers, and params if it has any",
                body.span,
                help="write layers: [...] inside it",
            )
        )
        return None
    for part in body:
        if part.key not in ("params", "layers"):
            message = f"block {entry.key} has no key {part.key}"
            report(misspelt("unknown-key", message, part.key, ("params", "layers"), part.span))
    layers = body.get("layers")
    if not isinstance(layers, Sequence) or not layers.items:
        report(
            Diagnostic(
                "bad-value",
                f"block {entry.key} has no list of layers",
                entry.span if layers is None else layers.span,
                help="write layers: [...] inside it",
            )
        )
        return None
    return Block(entry.key, _parameters(entry, body.get("params"), report), layers, entry.span)


def _parameters(block: Entry, value: Value | None, report: Report) -> tuple[Parameter, ...]:
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        report(
            Diagnostic(
                "bad-value",
                f"params of block {block.key} is {describe(value)}, expected a map of parameter to default or required",
                value.span,
            )
        )
        return ()
    parameters = []
    for entry in value:
        if entry.key in ENTRY_ARGUMENTS:
            report(
                Diagnostic(
                    "reserved-name",
                    f"the parameter {entry.key} has the name of an argument that every entry takes",
                    entry.span,
                    help=f"taken are {', '.join(ENTRY_ARGUMENTS)}",
                )
            )
        if check_word(entry.key, entry.span, "parameter", report):
            required = isinstance(entry.value, Scalar) and entry.value.value == "required"
            parameters.append(Parameter(entry.key, entry.span, None if required else entry.value))
    return tuple(parameters)
