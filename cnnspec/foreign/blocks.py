"""Entries that come again, as blocks with parameters: what differs between their uses, and what follows from what."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cnnspec.foreign.items import Item, Row
from cnnspec.foreign.skeletons import ANY, WHEN, Leaf, Shapes, Skeleton, size

_LONGEST, _MOST_BLOCKS, _WORTH = 12, 16, 3
_REQUIRED = frozenset({"filters", "units", "num_heads", "key_dim", "input_dim", "output_dim"})
_WORDS = {"kernel_size": "kernel", "pool_size": "pool", "dilation_rate": "dilation", "when": "project", "rate": "rate"}
"""What parameters are called that are arguments of longer names."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block: its parameters with their defaults, `required` where they have none, and its entries."""

    name: str
    parameters: dict[str, Any]
    layers: Row


@dataclass(slots=True)
class Blocks:
    """The rows of a network, and the blocks that stand in them."""

    rows: list[Row]
    shapes: Shapes
    units: dict[str, str]
    """Item key -> what of its layers' names says where a block may begin and end; empty where names say nothing."""
    blocks: list[Block] = field(default_factory=list)

    def find(self) -> None:
        """Make blocks as long as one is worth it."""
        while len(self.blocks) < _MOST_BLOCKS:
            best = self._best()
            if best is None:
                return
            self._replace(best)

    def _every_row(self) -> Iterator[Row]:
        for row in self.rows:
            yield from _inner(row)
        for block in self.blocks:
            yield from _inner(block.layers)

    def _best(self) -> tuple[Skeleton, ...] | None:
        """The skeletons of the entries in a row whose repeats cost the most lines."""
        costs: Counter[tuple[Skeleton, ...]] = Counter()
        counts: Counter[tuple[Skeleton, ...]] = Counter()
        runs: Counter[tuple[Skeleton, ...]] = Counter()
        lines: dict[tuple[Skeleton, ...], int] = {}
        for row in self._every_row():
            forms = [self.shapes.skeleton(item) for item in row]
            for length in range(1, min(_LONGEST, len(row)) + 1):
                ends: dict[tuple[Skeleton, ...], tuple[int, Any]] = {}
                for at in range(len(row) - length + 1):
                    window, key = row[at : at + length], tuple(forms[at : at + length])
                    if not self._may_be(window, length):
                        continue
                    end, before = ends.get(key, (0, None))
                    if at < end:
                        continue
                    values = str([leaf.value for item in window for leaf in self.shapes.leaves(item)])
                    again = at == end and before == values
                    ends[key] = (at + length, values)
                    lines[key] = sum(map(size, window))
                    counts[key] += 1
                    runs[key] += not (again and length == 1)
                    costs[key] += 0 if again and length == 1 else lines[key]
        worth = {key: costs[key] - runs[key] - lines[key] - 2 for key in counts if counts[key] > 1}
        good = {
            key: value for key, value in worth.items() if value >= _WORTH and runs[key] > 1 and not _is_periodic(key)
        }
        return max(good, key=lambda key: (good[key], lines[key]), default=None)

    def _may_be(self, window: Row, length: int) -> bool:
        if any(item.name or item.origin or item.kind == "reuse" for item in window):
            return False
        if length == 1:
            return bool(window[0].parts) and size(window[0]) >= 3
        return len({self.units.get(item.key, "") for item in window}) == 1

    def _replace(self, key: tuple[Skeleton, ...]) -> None:
        """Put a block in place of all its repeats."""
        uses = [window for row in self._every_row() for window in self._windows(row, key)]
        columns = [[leaf for item in window for leaf in self.shapes.leaves(item)] for window in uses]
        channels = [window[0].reads[-1] if window[0].reads else None for window in uses]
        found = _parameters(columns, channels)
        name = self._named(uses[0])
        values = iter(found.body)
        body = tuple(self.shapes.rewritten(item, values) for item in uses[0])
        self.shapes.varying[name] = tuple(found.names)
        arguments = {
            window[0].key + str(id(window[0])): each for window, each in zip(uses, found.arguments, strict=True)
        }

        def rewrite(row: Row) -> Row:
            made: list[Item] = []
            at, spans = 0, {id(window[0]): window for window in self._windows(row, key)}
            while at < len(row):
                window = spans.get(id(row[at]))
                if window is None:
                    parts = tuple((title, rewrite(inner)) for title, inner in row[at].parts)
                    made.append(replace(row[at], parts=parts) if parts else row[at])
                    at += 1
                    continue
                made.append(_use(name, arguments[window[0].key + str(id(window[0]))], window))
                at += len(window)
            return tuple(made)

        self.rows = [rewrite(row) for row in self.rows]
        self.blocks = [replace(block, layers=rewrite(block.layers)) for block in self.blocks]
        self.blocks.append(Block(name, found.defaults, body))

    def _windows(self, row: Row, key: tuple[Skeleton, ...]) -> Iterator[Row]:
        forms = [self.shapes.skeleton(item) for item in row]
        at = 0
        while at <= len(row) - len(key):
            window = row[at : at + len(key)]
            if tuple(forms[at : at + len(key)]) == key and self._may_be(window, len(key)):
                yield window
                at += len(key)
            else:
                at += 1

    def _named(self, window: Row) -> str:
        """A name that says what the block is."""
        word = _called(window)
        taken = {block.name for block in self.blocks}
        free, number = word, 1
        while free in taken:
            number += 1
            free = f"{word}{number}"
        return free


def _is_periodic(key: tuple[Skeleton, ...]) -> bool:
    """Whether entries are fewer ones several times."""
    length = len(key)
    return any(length % part == 0 and key == key[:part] * (length // part) for part in range(1, length))


def _inner(row: Row) -> Iterator[Row]:
    yield row
    for item in row:
        for _, inner in item.parts:
            yield from _inner(inner)


def _use(name: str, arguments: dict[str, Any], window: Row) -> Item:
    layers = tuple(each for item in window for each in item.layers)
    first, last = window[0], window[-1]
    return Item(name, arguments, first.reads, last.gives, layers, first.sources, last.key)


def _called(window: Row) -> str:
    """What entries are called together, by what they are made of."""
    kinds = [each.kind for item in window for each in item.walk()]
    whole = window[0] if len(window) == 1 else None
    if "multi_head_attention" in kinds:
        return "encoder"
    if "depthwise_conv" in kinds:
        return (
            "bottleneck"
            if whole is not None and whole.kind == "residual"
            else "mbconv"
            if len(window) > 2
            else "depthwise"
        )
    if whole is not None and whole.kind == "residual":
        convs = sum(kind == "conv" for kind in kinds if kind == "conv") - sum(
            title == "shortcut" for title, _ in whole.parts
        )
        return "bottleneck" if convs == 3 else "basic" if convs == 2 else "residual_block"
    if whole is not None and whole.kind == "parallel":
        rows = [row for _, row in whole.parts]
        if len(rows) == 2 and not all(rows) and "merge" not in whole.arguments:
            return "dense_layer"
        if whole.arguments.get("merge") == "multiply":
            return "gate"
        return "branches" if "merge" in whole.arguments else "mixed"
    plain = list(dict.fromkeys(kind.replace("_", "") for kind in kinds if kind not in ("parallel", "residual")))
    return "_".join(plain[:2]) + "s" if len(plain) == 1 else "_".join(plain[:2])


@dataclass(slots=True)
class _Found:
    """The parameters of a block: what stands in its body for each leaf, and the arguments of each use."""

    names: list[str] = field(default_factory=list)
    defaults: dict[str, Any] = field(default_factory=dict)
    body: list[Any] = field(default_factory=list)
    arguments: list[dict[str, Any]] = field(default_factory=list)


def _parameters(uses: Sequence[Sequence[Leaf]], channels: Sequence[Any]) -> _Found:
    found = _Found(arguments=[{} for _ in uses])
    known: dict[str, list[Any]] = {}
    for leaves in zip(*uses, strict=True):
        values = [leaf.value for leaf in leaves]
        real = [value for value in values if value is not ANY]
        if all(value == real[0] for value in real):
            found.body.append(real[0] if real else ANY)
            continue
        said = _switched(leaves[0].name, values, found.body, known) or _derived(values, known, channels)
        if said is None:
            name = _free(leaves[0].name, known)
            known[name] = _filled(values, leaves[0].name)
            said = f"${name}"
        found.body.append(said)
    for name, values in known.items():
        default = _default_of(name, values)
        found.names.append(name)
        found.defaults[name] = default
        for each, value in zip(found.arguments, values, strict=True):
            each[name] = value
    return found


def _switched(name: str, values: list[Any], body: Sequence[Any], known: dict[str, list[Any]]) -> str | None:
    """Whether an entry is there as a question about its rate, which is 0 where the entry is not there."""
    before = body[-1] if body else None
    rate = before[1:] if isinstance(before, str) and before[1:] in known else ""
    if name != WHEN or not rate.startswith("rate"):
        return None
    rates = [value if there else 0 for value, there in zip(known[rate], values, strict=True)]
    if any(there and not value for value, there in zip(rates, values, strict=True)):
        return None
    known[rate] = rates
    return f"${{{rate} > 0}}"


def _derived(values: list[Any], known: dict[str, list[Any]], channels: Sequence[Any]) -> str | None:
    """A column as arithmetic of others: the same, a multiple, a share; of parameters, or of the channels read."""
    for name, column in known.items():
        if _agree(values, column):
            return f"${name}"
    if not all(value is ANY or (isinstance(value, int) and not isinstance(value, bool)) for value in values):
        return None
    sources = {**known, "channels": list(channels)}
    for name, column in sources.items():
        if not all(isinstance(each, int) and not isinstance(each, bool) for each in column):
            continue
        if name == "channels" and _agree(values, column):
            return "$channels"
        pairs = [(value, each) for value, each in zip(values, column, strict=True) if value is not ANY]
        if pairs[0][1] and pairs[0][0] % pairs[0][1] == 0:
            factor = pairs[0][0] // pairs[0][1]
            if 1 < factor <= 16 and all(value == factor * each for value, each in pairs):
                return f"${{{factor} * {name}}}"
        if pairs[0][0] and pairs[0][1] % pairs[0][0] == 0:
            factor = pairs[0][1] // pairs[0][0]
            if 1 < factor <= 32 and all(value == each // factor for value, each in pairs):
                return f"${{{name} // {factor}}}"
    return None


def _agree(values: list[Any], column: Sequence[Any]) -> bool:
    return all(
        value is ANY or (value == each and isinstance(value, bool) == isinstance(each, bool))
        for value, each in zip(values, column, strict=True)
    )


def _filled(values: list[Any], name: str) -> list[Any]:
    """A column with a number where nobody reads one: the most usual one."""
    real = [value for value in values if value is not ANY]
    usual = max(real, key=lambda value: [repr(each) for each in real].count(repr(value)))
    return [usual if value is ANY else value for value in values]


def _free(argument: str, known: dict[str, list[Any]]) -> str:
    word = _WORDS.get(argument, argument)
    free, number = word, 1
    while free in known:
        number += 1
        free = f"{word}{number}"
    return free


def _default_of(name: str, values: list[Any]) -> Any:
    """The value that most uses have; sizes that say what a use is have none."""
    plain = name.rstrip("0123456789")
    if plain in _REQUIRED:
        return REQUIRED
    if plain == "strides":
        return 1 if 1 in values else REQUIRED
    if plain == _WORDS[WHEN]:
        return False
    if plain == "rate" and 0 in values:
        return 0
    usual = max(values, key=lambda value: [repr(each) for each in values].count(repr(value)))
    return usual if 2 * [repr(each) for each in values].count(repr(usual)) >= len(values) else REQUIRED


REQUIRED = "required"
