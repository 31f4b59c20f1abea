"""Ways to write entries so that more of them are alike: shortcuts that the language finds by itself, or leaves out."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from cnnspec.foreign.items import Item, Row
from cnnspec.foreign.skeletons import WHEN, Shapes
from cnnspec.layers import LAYERS

Rewrite = Callable[[Item], Item]
_FEWEST = 3


def everywhere(row: Row, rewrite: Rewrite) -> Row:
    """The entries with each of them, those within others first, rewritten."""
    made = []
    for item in row:
        parts = tuple((title, everywhere(inner, rewrite)) for title, inner in item.parts)
        made.append(rewrite(replace(item, parts=parts)))
    return tuple(made)


def residuals(rows: Sequence[Row]) -> Iterator[Item]:
    """All residuals in rows."""
    for row in rows:
        for item in row:
            yield from (each for each in item.walk() if each.kind == "residual")


def with_activation(row: Row) -> Row:
    """An activation right after a residual is the residual's own."""
    made: list[Item] = []
    for item in row:
        item = replace(item, parts=tuple((title, with_activation(inner)) for title, inner in item.parts))
        before = made[-1] if made else None
        acting = (
            item.kind == "activation" and set(item.arguments) == {"activation"} and not item.origin and not item.name
        )
        if before is not None and acting and _takes_activation(before) and item.sources == (before.key,):
            arguments = {**before.arguments, "activation": item.arguments["activation"]}
            layers = before.layers + item.layers
            made[-1] = replace(before, arguments=arguments, gives=item.gives, layers=layers, key=item.key)
        else:
            made.append(item)
    return tuple(made)


def _takes_activation(item: Item) -> bool:
    return item.kind == "residual" and "activation" not in item.arguments and not item.name


def with_projections(item: Item) -> Item:
    """A residual without the shortcut that the language would make by itself."""
    parts = dict(item.parts)
    if item.kind != "residual" or len(parts.get("shortcut", ())) != 1 or item.reads == item.gives:
        return item
    (skip,), main = parts["shortcut"], parts["main"]
    if skip.kind != "conv" or any(not _keeps_places(each) for each in main):
        return item
    strides = 1
    for each in main:
        step = each.arguments.get("strides", each.arguments.get("pool_size", 1) if "pool" in each.kind else 1)
        if not isinstance(step, int):
            return item
        strides *= step
    last = next((each for each in reversed(main) if each.kind in ("conv", "depthwise_conv", "separable_conv")), None)
    wanted = {"filters": item.gives[-1], "kernel_size": 1, **({"strides": strides} if strides > 1 else {})}
    wanted |= {"norm": last.arguments["norm"]} if last is not None and "norm" in last.arguments else {}
    return replace(item, parts=(("main", main),)) if dict(skip.arguments) == wanted else item


def _keeps_places(item: Item) -> bool:
    return item.kind in ("squeeze_excite",) or (item.kind in LAYERS and not item.parts and len(item.gives) > 1)


def with_optional_shortcuts(rows: list[Row], shapes: Shapes) -> list[Row]:
    """Residuals of one main path, some with a shortcut of one entry and some with none, all have it where wanted."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for each in residuals(rows):
        groups[_main(each, shapes)].append(each)
    optional: dict[str, Item] = {}
    for key, group in groups.items():
        skips = [dict(each.parts)["shortcut"] for each in group if "shortcut" in dict(each.parts)]
        alike = len({shapes.row(skip) for skip in skips}) == 1 and all(len(skip) == 1 for skip in skips)
        if alike and len(skips) < len(group) and len(group) >= _FEWEST:
            optional[key] = skips[0][0]

    def rewrite(item: Item) -> Item:
        if item.kind != "residual" or (skip := optional.get(_main(item, shapes))) is None:
            return item
        parts = dict(item.parts)
        own = parts["shortcut"][0] if "shortcut" in parts else skip
        own = replace(own, uses={WHEN: "shortcut" in parts})
        return replace(item, parts=(("main", parts["main"]), ("shortcut", (own,))))

    return [everywhere(row, rewrite) for row in rows]


def _main(item: Item, shapes: Shapes) -> str:
    """What residuals have in common whose shortcuts may differ."""
    return shapes.skeleton(replace(item, parts=tuple(each for each in item.parts if each[0] == "main")))


def with_rows_as_residuals(rows: list[Row], shapes: Shapes) -> list[Row]:
    """Rows that are a residual's main path, where shapes differ, become one that adds only where shapes agree."""
    mains: dict[str, Item] = {}
    counts: Counter[str] = Counter()
    for each in residuals(rows):
        row = dict(each.parts)["main"]
        if len(each.parts) == 1 and not each.arguments and len(row) > 1 and each.reads == each.gives:
            mains.setdefault(shapes.row(row), each)
            counts[shapes.row(row)] += 1
            if _drops(row[-1]) and len(row) > 2:
                mains.setdefault(shapes.row(row[:-1]), each)
    lengths = sorted(
        {len(dict(each.parts)["main"]) - short for each in mains.values() for short in (0, 1)}, reverse=True
    )
    used: set[str] = set()

    def scan(row: Row, whole: bool = True) -> Row:
        row = tuple(
            replace(each, parts=tuple((title, scan(inner, each.kind != "residual")) for title, inner in each.parts))
            for each in row
        )
        windows = [length for length in lengths if whole or length < len(row)]  # no residual of a residual alone
        made: list[Item] = []
        at = 0
        while at < len(row):
            found = next((each for length in windows if (each := _wrapped(row[at : at + length], mains, shapes))), None)
            if found is None or found[0].reads == found[0].gives:
                made.append(row[at])
                at += 1
            else:
                made.append(found[0])
                used.add(found[1])
                at += found[2]
        return tuple(made)

    changed = [scan(row) for row in rows]
    if not used:
        return rows

    def mark(item: Item) -> Item:
        row = dict(item.parts).get("main", ())
        optional = f"{shapes.row(row)}?" in used
        same = item.kind == "residual" and len(item.parts) == 1 and not item.arguments and item.reads == item.gives
        if not same or not (optional or shapes.row(row) in used):
            return item
        last = replace(row[-1], uses={WHEN: True}) if optional else row[-1]
        return replace(item, arguments={"shortcut": "if_same"}, parts=(("main", (*row[:-1], last)),))

    return [everywhere(row, mark) for row in changed]


def _wrapped(window: Row, mains: dict[str, Item], shapes: Shapes) -> tuple[Item, str, int] | None:
    """A window as a residual like one that is known; what that is known by, and how long the window is."""
    if len(window) < 2 or any(each.name or each.origin for each in window):
        return None
    like = mains.get(shapes.row(window))
    if like is None:
        return None
    main = dict(like.parts)["main"]
    optional = len(main) > len(window)
    row = (*window, replace(main[-1], uses={WHEN: False}, layers=())) if optional else window
    key = shapes.row(main)
    layers = tuple(name for each in window for name in each.layers)
    first, last = window[0], window[-1]
    made = Item("residual", {"shortcut": "if_same"}, first.reads, last.gives, layers, first.sources, last.key)
    return replace(made, parts=(("main", row),)), (f"{key}?" if optional else key), len(window)


def _drops(item: Item) -> bool:
    return item.kind in LAYERS and bool(getattr(LAYERS[item.kind], "drops", False)) and not item.parts
