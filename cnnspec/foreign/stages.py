"""What the names of a file's layers say: which entries belong together, and what that is called."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from cnnspec.foreign.items import Item, Row
from cnnspec.foreign.patterns import class_names, snake_case
from cnnspec.language.naming import is_word
from cnnspec.layers import LAYERS

_FEW = 9
"""Entries that stand in one list, where names say nothing."""
_MOST_STAGES = 24
_COUNTED = re.compile(r"_\d+\Z")


@cache
def _automatic() -> frozenset[str]:
    """What Keras calls layers that nobody named, without the number."""
    words = {snake_case(name) for name in class_names()}
    return frozenset(
        words
        | {"sequential", "functional", "model"}
        | set(LAYERS)
        | {word.replace("_", "") for word in words}
        | {"re_lu", "input_layer"}
    )


def says_nothing(name: str) -> bool:
    """Whether a name is one that Keras gave by itself, as conv2d_5 is."""
    if "/" in name:
        return all(says_nothing(part) for part in name.split("/"))
    word = _COUNTED.sub("", name.split(":", 1)[0])
    plain = re.sub(r"_?[123]d(?=_|\Z)", "", word)
    return word in _automatic() or plain in _automatic() or not re.search(r"[a-zA-Z]", word)


def stages(row: Sequence[Item], given: Mapping[str, str]) -> list[tuple[str, Row]]:
    """The entries in titled groups; one group without a title where nothing tells them apart.

    `given` are titles that layers have already: their entries are a stage of their own.
    """
    words = _words(row)
    if given:
        return _unique(_with_given(row, words, given))
    found = _joined(_grouped(row, words))
    titles = {title for title, _ in found}
    if not any(words) or len(found) > _MOST_STAGES or len(titles) < 2:
        return [("", tuple(row))] if len(row) <= _FEW else _by_resolution(row)
    return _unique(_with_head(found))


def units(rows: Iterable[Sequence[Item]]) -> dict[str, str]:
    """Item key -> the part of a network that its name says it belongs to, which no block reaches across."""
    items = [each for row in rows for item in row for each in item.walk()]
    tokens = {item.key: _tokens(_name(item), whole=True) for item in items}
    shared = _shared([each for each in tokens.values() if each])
    return {key: _unit(each[shared:]) for key, each in tokens.items()}


def _unit(tokens: Sequence[str]) -> str:
    if len(tokens) < 3:
        return ""
    counted = [number for number, each in enumerate(tokens[:2]) if re.search(r"\d", each)]
    return "_".join(tokens[: counted[-1] + 1]) if counted else ""


def _words(row: Sequence[Item]) -> list[str]:
    """For each entry the word that its stage may be called after, empty where its layers' names say nothing."""
    names = [_name(item) for item in row]
    tokens = [_tokens(name) for name in names]
    shared = _shared([each for each in tokens if each])
    return [_word(each[shared:]) if each else "" for each in tokens]


def _name(item: Item) -> str:
    """The name of the layer that says most: the merge's of a composite, else the first one's."""
    names = [name for name in item.layers if not says_nothing(name)]
    if not names:
        return ""
    last = item.layers[-1]
    return last if item.parts and last in names and "_" not in last.strip("_") else names[0]


def _tokens(name: str, whole: bool = False) -> list[str]:
    if not name:
        return []
    for mark in ("/", "."):
        if mark in name:
            return name.split(mark) if whole else [name.split(mark, 1)[0]]
    return [each for each in re.split(r"[_\-]", name) if each]


def _shared(tokens: Sequence[Sequence[str]]) -> int:
    """With how many words all names begin."""
    if len(tokens) < 3:
        return 0
    length = 0
    while all(len(each) > length + 1 for each in tokens) and len({each[length] for each in tokens}) == 1:
        length += 1
    return length


def _word(tokens: Sequence[str]) -> str:
    if not tokens:
        return ""
    first = re.sub(r"(?<=\d)[a-z]\Z", "", tokens[0])
    if len(tokens) > 1 and tokens[1].isdigit() and not re.search(r"\d", first) and len(tokens) > 2:
        first = f"{first}_{tokens[1]}"
    return first


def _grouped(row: Sequence[Item], words: Sequence[str]) -> list[tuple[str, Row]]:
    """Entries of one word after the other; one without a word belongs to those before it."""
    found: list[tuple[str, list[Item]]] = []
    for item, word in zip(row, words, strict=True):
        if found and (not word or word == found[-1][0]):
            found[-1][1].append(item)
        else:
            found.append((word or _first_title(item), [item]))
    return [(title, tuple(items)) for title, items in found]


_FEW_STAGES = 12


def _joined(found: list[tuple[str, Row]]) -> list[tuple[str, Row]]:
    """Where each of many blocks has a number, those that keep the shape belong to the one that changed it."""
    if len(found) <= _FEW_STAGES:
        return found
    made = found[:1]
    for title, row in found[1:]:
        before = made[-1][0]
        counted = re.sub(r"\d+\Z", "", title) == re.sub(r"\d+\Z", "", before) and title[-1:].isdigit()
        if counted and row[0].reads == row[-1].gives:
            made[-1] = (before, (*made[-1][1], *row))
        else:
            made.append((title, row))
    return made


def _with_given(row: Sequence[Item], words: Sequence[str], given: Mapping[str, str]) -> list[tuple[str, Row]]:
    """The groups of some entries as they are given, and those between them by their words."""
    found: list[tuple[str, Row]] = []
    between: list[int] = []

    def close() -> None:
        found.extend(_grouped([row[at] for at in between], [words[at] or row[at].kind for at in between]))
        between.clear()

    for at, item in enumerate(row):
        title = given.get(item.layers[0], "") if item.kind != "reuse" else ""
        if not title:
            between.append(at)
        elif found and not between and found[-1][0] == title:
            found[-1] = (title, (*found[-1][1], item))
        else:
            close()
            found.append((title, (item,)))
    close()
    return found


def _first_title(item: Item) -> str:
    layer = LAYERS.get(item.kind)
    return "scale" if layer is not None and layer.prepares is True else "stem"


def _with_head(found: list[tuple[str, Row]]) -> list[tuple[str, Row]]:
    """What has no places any more is the head, where each of its entries would be a stage."""
    at = next((number for number, (_, row) in enumerate(found) if number and len(row[-1].gives) < 2), len(found))
    tail = found[at:]
    if len(tail) < 3 or any(len(row) > 1 for _, row in tail):
        return found
    return [*found[:at], ("head", tuple(item for _, row in tail for item in row))]


def _by_resolution(row: Sequence[Item]) -> list[tuple[str, Row]]:
    """Stages that end where pictures shrink, and a head of what has no places."""
    found: list[tuple[str, list[Item]]] = []
    for item in row:
        before = found[-1][1] if found else None
        head = len(item.reads) > 1 and len(item.gives) < 2
        smaller = len(item.gives) > 1 and len(item.reads) > 1 and _places(item.gives) < _places(item.reads)
        if found and found[-1][0] == "head":
            found[-1][1].append(item)
        elif head and found:
            found.append(("head", [item]))
        elif before is None or (smaller and len(item.reads) > 1):
            found.append((f"stage{len(found) + 1}", [item]))
        else:
            before.append(item)
    if len(found) > _MOST_STAGES or len(found) < 2:
        return [("", tuple(row))]
    return [(title, tuple(items)) for title, items in found]


def _places(shape: Sequence[object]) -> int:
    sizes = [size for size in shape[:-1] if isinstance(size, int)]
    return math.prod(sizes) if len(sizes) == len(shape) - 1 else 0


def _unique(found: Iterable[tuple[str, Row]]) -> list[tuple[str, Row]]:
    """Titles that are names, each once."""
    counts: Counter[str] = Counter()
    made = []
    for title, row in found:
        word = as_word(title)
        counts[word] += 1
        made.append((word if counts[word] == 1 else f"{word}_{counts[word]}", row))
    return made


def as_word(text: str) -> str:
    """A text as a name may be."""
    word = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")[:60]
    word = word if re.match(r"[A-Za-z]", word) else f"layer_{word}".rstrip("_")
    return word if is_word(word) else f"{word}_"
