"""What is in a file of weights, and where in a network it would go."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cnnspec.reports.numbers import count, memory, plural
from cnnspec.reports.safe import json_text
from cnnspec.reports.table import Column, Sheet, Table
from cnnspec.reports.transfer import transfer_sheet
from cnnspec.results.transfer import Moved, Transfer
from cnnspec.results.weights import Contents, Tensor
from cnnspec.runs.transfer import transfer_facts
from cnnspec.source.diagnostic import Diagnostic

_MOST = 3
"""Layers of the file that are named where one here could be any of them."""
_FATES = {"new": "drawn at the start", "mismatched": "drawn: another shape there"}


def contents_sheet(contents: Contents) -> Sheet:
    """A row a layer: its class where the file says it, its weights with their shapes, and how many numbers they are."""
    layers: dict[str, list[Tensor]] = {}
    for tensor in contents.tensors:
        layers.setdefault(tensor.layer, []).append(tensor)
    has_kinds = bool(contents.kinds)
    columns = (
        Column("layer"),
        *([Column("kind", leaves=1)] if has_kinds else []),
        Column("weights"),
        Column("numbers", "right", leaves=2),
    )
    rows = tuple(
        (
            layer,
            *([contents.kinds.get(layer, "")] if has_kinds else []),
            in_few_words([(each.name, each.shape) for each in held]),
            count(sum(each.numbers for each in held)),
        )
        for layer, held in layers.items()
    )
    types = Counter(tensor.dtype for tensor in contents.tensors)
    said = ", ".join(f"{kind}" if len(types) == 1 else f"{number} {kind}" for kind, number in types.most_common())
    total = f"{plural(len(contents.tensors), 'tensor')} of {plural(len(layers), 'layer')}"
    remarks = ((total, f"{count(contents.numbers)} numbers", said), (f"sha256 {contents.sha256}",))
    heading = (contents.file, contents.member, f"{memory(contents.size)}")
    return Sheet(heading, Table(columns, rows), remarks)


def contents_json(contents: Contents) -> str:
    """The same for scripts, a tensor an object, its shape as it lies in the file."""
    tensors = [
        {"layer": each.layer, "name": each.name, "shape": list(each.shape), "dtype": each.dtype, "bytes": each.size}
        | ({"kind": contents.kinds[each.layer]} if each.layer in contents.kinds else {})
        for each in contents.tensors
    ]
    member = {"member": contents.member} if contents.member else {}
    whole = {
        "file": contents.file,
        **member,
        "bytes": contents.size,
        "sha256": contents.sha256,
        "numbers": contents.numbers,
    }
    return json_text({**whole, "tensors": tensors})


def mapped_sheets(
    transfer: Transfer, unclear: Mapping[str, Sequence[str]], refused: Diagnostic | None, network: str
) -> tuple[Sheet, ...]:
    """By stage what would be loaded; then a row a layer with the one in the file; then what nothing here takes.

    Last stands whether a training would begin with them.
    """
    by_stage = transfer_sheet(transfer)
    columns = (Column("layer"), Column("in the file"), Column("weights", leaves=1))
    each = tuple((layer, _there(held, unclear.get(layer, ())), _shapes(held)) for layer, held in _layers(transfer))
    found = "found by their names" if transfer.way == "name" else "found by their structure"
    found = found if transfer.count("loaded") else "none found"
    sheets = [by_stage, Sheet((f"layers of {network}", found), Table(columns, each))]
    left: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
    for name, sizes in transfer.unused:
        layer, _, weight = name.rpartition("/")
        left.setdefault(layer, []).append((weight, sizes))
    if left:
        rows = tuple((name, in_few_words(held)) for name, held in left.items())
        table = Table((Column("layer"), Column("weights")), rows)
        sheets.append(Sheet(("left in the file", plural(len(left), "layer")), table))
    return (*sheets[:-1], replace(sheets[-1], remarks=((_verdict(refused),),)))


def _verdict(refused: Diagnostic | None) -> str:
    if refused is None:
        return "train would take this: all that must be loaded is loaded"
    return f"train would refuse this: {'; '.join(filter(None, (refused.message, refused.help)))}"


def mapped_json(
    transfer: Transfer, unclear: Mapping[str, Sequence[str]], refused: Diagnostic | None, network: str
) -> str:
    """The same for scripts: the facts that a run keeps, each layer with the one in the file, and why train refuses it.

    `train_refuses` is null where it does not.
    """
    layers = [
        {
            "layer": layer,
            "stage": held[0].stage,
            "there": held[0].there or None,
            "weights": [{"name": each.name, "shape": list(each.shape), "fate": each.fate} for each in held],
            "could_be": list(unclear.get(layer, ())),
        }
        for layer, held in _layers(transfer)
    ]
    why = None if refused is None else {"message": refused.message, "help": refused.help}
    return json_text({"spec": network, **transfer_facts(transfer), "layers": layers, "train_refuses": why})


def _layers(transfer: Transfer) -> Iterable[tuple[str, list[Moved]]]:
    found: dict[str, list[Moved]] = {}
    for moved in transfer.weights:
        found.setdefault(moved.layer, []).append(moved)
    return found.items()


def _there(held: Sequence[Moved], could: Sequence[str]) -> str:
    if could:
        return f"unclear: {' or '.join(could[:_MOST])}"
    fates = {moved.fate for moved in held} & _FATES.keys()
    told = [_FATES[fate] for fate in ("mismatched", "new") if fate in fates]
    return f"{held[0].there} ({told[0]})" if told and held[0].there else told[0] if told else held[0].there


def _shapes(held: Sequence[Moved]) -> str:
    return in_few_words([(moved.name, moved.shape) for moved in held])


def in_few_words(weights: Sequence[tuple[str, tuple[int, ...]]]) -> str:
    """`kernel 3×3×8×16, bias 16`; of several of one shape, as a normalisation has them, how many there are."""
    shapes = {sizes for _, sizes in weights}
    if len(weights) > 2 and len(shapes) == 1:
        return f"{len(weights)} of {shape(weights[0][1])}"
    return ", ".join(shape(sizes) if name.isdecimal() else f"{name} {shape(sizes)}" for name, sizes in weights)


def shape(sizes: Sequence[int]) -> str:
    """`3×3×64×128`."""
    return "×".join(map(str, sizes)) or "a number"
