"""The whole way of one text, as tables that explain themselves by their numbers."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

from rich.cells import cell_len

from cnnspec.reports.columns import GAP
from cnnspec.reports.numbers import count, plural
from cnnspec.reports.safe import shown
from cnnspec.reports.table import Column, Sheet, Table, excerpt
from cnnspec.results.data import Reader, TextWay

_MARGINS = 2
_MOST_TOKENS = 20
_MOST_ROWS = 12
_TOKEN = 16
_RAW = 2000
"""Characters of a text that are printed."""
_MOST_IDS = 200
_MOST_ZEROS = 12


def way_sheets(way: TextWay, width: int) -> tuple[Sheet, ...]:
    """From the text to what the first layer gives, for a page of this width."""
    if way.mode != "int":
        return (_text(way), _tokens(way), _entries(way))
    listed = (_tokens(way), _one_hot(way, width)) if way.tokens else ()
    return (_text(way), *listed, _network(way))


def _text(way: TextWay) -> Sheet:
    heading = (f"the way of one text to input {way.input}", way.place, f"label {way.label}" if way.label else "")
    how = f" ({way.standardize.replace('_', ' ')})" if way.standardize else " (nothing is changed)"
    cut = {"whitespace": "cut at spaces", "character": "cut into characters"}.get(way.split, "not cut")
    tokens = " | ".join(excerpt(token.text) for token in way.tokens[:_MOST_TOKENS])
    rows = (
        ("raw text", excerpt(way.raw, _RAW)),
        ("standardised", excerpt(way.standardised, _RAW) + how),
        ("tokens", f"{tokens}{_dots(way.tokens, _MOST_TOKENS)} ({count(len(way.tokens))}, {cut})"),
    )
    return Sheet(heading, Table((Column("step"), Column("what becomes of it")), rows))


def _tokens(way: TextWay) -> Sheet:
    columns = (Column("place", "right"), Column("token"), Column("id", "right"), Column("in training", "right"))
    rows = tuple(
        (
            str(place),
            excerpt(token.text),
            str(token.id),
            count(token.count) if token.known else f"{count(token.count)}, no entry",
        )
        for place, token in enumerate(way.tokens[:_MOST_TOKENS], 1)
    )
    unknown = sum(not token.known for token in way.tokens)
    told = f"{plural(unknown, 'token')} without an entry: id {way.unknown_id}, out of vocabulary"
    more = _more(len(way.tokens), _MOST_TOKENS)
    heading = ("tokens and vocabulary", f"each token's place among {count(way.vocabulary)} entries")
    order = "the more frequent a token in training, the smaller its id" if way.mode == "int" else ""
    remarks = (more, told if unknown else "", order)
    return Sheet(heading, Table(columns, rows), tuple((line,) for line in remarks if line))


def _more(number: int, most: int) -> str:
    return f"and {plural(number - most, 'more token')}" if number > most else ""


def _one_hot(way: TextWay, width: int) -> Sheet:
    """A row for each token and a column for each entry that occurs, as many as fit."""
    tokens = way.tokens[:_MOST_ROWS]
    beside = min(_TOKEN, max([5, *(cell_len(shown(token.text)) for token in tokens)]))
    used = {token.id: shown(excerpt(token.text)) if token.known else "[UNK]" for token in tokens}
    titles = _titles(used, width - _MARGINS - beside)
    rows = tuple((excerpt(token.text), *("1" if token.id == id else "." for id in titles)) for token in tokens)
    columns = (Column("token", keeps=beside), *(Column(title, "right") for title in titles.values()))
    ones = plural(len(way.tokens), "one")
    size = f"{count(len(way.tokens))} × {count(way.vocabulary)} numbers, {ones}, the rest zeros"
    left = f"columns are ids: the {count(len(titles))} of {count(way.vocabulary)} that these tokens use"
    fewer = f" ({len(used) - len(titles)} more do not fit here)" if len(titles) < len(used) else ""
    remarks = (_more(len(way.tokens), _MOST_ROWS), left + fewer)
    return Sheet(("one-hot", size), Table(columns, rows), tuple((line,) for line in remarks if line))


def _titles(used: Mapping[int, str], room: int) -> dict[int, str]:
    """Headings of the columns of ids that fit: with their tokens if all do so, else the ids alone."""
    spelled = {id: f"{id} {used[id]}" for id in sorted(used)}
    if sum(cell_len(title) + GAP for title in spelled.values()) <= room:
        return spelled
    ends = accumulate(len(str(id)) + GAP for id in spelled)
    return {id: str(id) for id, end in zip(spelled, ends, strict=True) if end <= room}


def _network(way: TextWay) -> Sheet:
    """Ids, padding and the layer that reads them."""
    ids = " ".join(str(token.id) for token in way.tokens[:_MOST_IDS]) + _dots(way.tokens, _MOST_IDS)
    rows = (
        ("ids", ids, _shape((len(way.tokens),))),
        ("padded" if way.padded else "cut" if way.cut else "fitted", _padded(way), _shape((way.size,))),
        *(_reader(reader) for reader in way.readers),
    )
    columns = (Column("step"), Column("what becomes of it"), Column("shape"))
    remarks = tuple(
        (f"{reader.kind} {reader.name}: {way.input} {_shape(reader.reads)} -> {_shape(reader.gives)}",)
        for reader in way.readers
    )
    kinds = dict.fromkeys(reader.kind for reader in way.readers)
    return Sheet((", ".join(("ids", "padding", *kinds)),), Table(columns, rows), remarks)


def _padded(way: TextWay) -> str:
    """What the network reads, as far as it says something."""
    listed = way.ids[: min(_MOST_IDS, way.size - max(0, way.padded - _MOST_ZEROS))]
    told = " ".join(map(str, listed)) + _dots(way.ids, len(listed))
    if way.padded:
        return f"{told} ({plural(way.padded, 'zero')} after the last token)"
    return f"{told} (the last {plural(way.cut, 'token')} cut off)" if way.cut else told


def _dots(items: Sequence[object], most: int) -> str:
    return " …" if len(items) > most else ""


def _reader(reader: Reader) -> tuple[str, str, str]:
    if reader.table is None:
        told = "each id as a row with a single one" if reader.ids is not None else "reads the ids"
        return (reader.kind, told, _shape(reader.gives))
    rows, numbers = reader.table
    told = (
        f"each id picks its row of a table of {count(rows)} × {count(numbers)} = {count(rows * numbers)} weights,"
        f" as its one-hot row times the table would"
    )
    return (reader.kind, told, _shape(reader.gives))


def _shape(sizes: tuple[int | None, ...]) -> str:
    body = ", ".join("?" if size is None else str(size) for size in sizes)
    return f"({body},)" if len(sizes) == 1 else f"({body})"


def _entries(way: TextWay) -> Sheet:
    columns = (Column("id", "right"), Column("entry"), Column("number", "right"))
    listed = way.entries[:_MOST_TOKENS]
    rows = tuple((str(entry.id), excerpt(entry.word), f"{entry.value:.4g}") for entry in listed)
    left = len(way.entries) - len(listed)
    heading = (way.mode, f"{count(way.size)} numbers, {count(len(way.entries))} of them not zero")
    more = ((f"and {count(left)} more",),) if left else ()
    readers = tuple((f"{each.kind} {each.name}: {_shape(each.reads)} -> {_shape(each.gives)}",) for each in way.readers)
    return Sheet(heading, Table(columns, rows), (*more, *readers))
