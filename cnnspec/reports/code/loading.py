"""How a spec's data is loaded without cnnspec: as plain NumPy, scikit-learn and Keras as they can."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cnnspec.graph.heads import Head
from cnnspec.graph.nodes import Graph
from cnnspec.language.features import Feature, TextOptions
from cnnspec.reports.code.loading_functions import CLASS_NUMBERS, READ_ARRAY, READ_LINES, READ_TABLE
from cnnspec.reports.code.syntax import Assign, Call, Expression, Keyword, Line, Literal, Name, Statement, Variable
from cnnspec.source.frozen import frozen

Statements = tuple[Statement, ...]
_NAMES = {"train": "train", "validation": "val", "test": "test"}


@frozen
class Loading:
    """What loads the splits: statements of a function, what else stands in the file, and what it leaves out.

    `splits` are those that there are; `batched`: whether they are batches of a tf.data.Dataset, and not arrays.
    """

    statements: Statements
    splits: tuple[str, ...]
    batched: bool = False
    functions: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    returns: str = ""


def loading(data: Any, graph: Graph, heads: Sequence[Head], seed: str) -> Loading:
    """How the data of a section is loaded; where it cannot be, the function says so when it is called."""
    one = len(graph.inputs) == 1 and len(heads) == 1
    found: Loading | None = None
    if one and data.source in _SOURCES:
        shape = graph.nodes[next(iter(graph.inputs.values()))].output
        found = _SOURCES[data.source](data, shape, heads[0], seed)
    return found or _unknown(data)


def _unknown(data: Any) -> Loading:
    said = f"{data.source} data is not loaded: load_data has to return the training and the validation split"
    raising = Line(f'raise NotImplementedError("load {data.source} data here")')
    return Loading((raising,), ("train", "validation"), left_out=(said,))


def _set(name: str, value: Expression) -> Assign:
    return Assign((Variable(name=name),), value)


def _call(function: str, *positional: Any, **keywords: Any) -> Call:
    given = tuple(each if isinstance(each, Expression) else Literal(each) for each in positional)
    named = tuple(
        Keyword(name, value if isinstance(value, Expression) else Literal(value)) for name, value in keywords.items()
    )
    return Call(Name(function), given, named)


def _sizes(shape: Sequence[Any]) -> tuple[int, ...]:
    return tuple(size for size in shape if isinstance(size, int))


# Arrays


def _digits(data: Any, shape: Sequence[Any], head: Head, seed: str) -> Loading | None:
    sizes = _sizes(shape)
    wanted = 1
    for size in sizes:
        wanted *= size
    if wanted != 64 or len(sizes) < len(shape):
        return None
    images = f'images = digits.images.reshape({", ".join(map(str, (-1, *sizes)))}).astype("float32")'
    lines = (Line("digits = load_digits()"), Line(images), _parted("images", "digits.target", "test", 0.2, "0", True))
    imports = ("from sklearn.datasets import load_digits",)
    return _with_validation(data, lines, ("train", "test"), head, seed, imports)


def _parted(x: str, y: str, name: str, share: float, seed: str, by_class: bool) -> Statement:
    """One split as two: the training split, and a part for another."""
    more = {"stratify": Name(y)} if by_class else {}
    given = (Name(x), Name(y))
    call = _call("train_test_split", *given, test_size=share, **more, random_state=Name(seed))
    return Assign(tuple(Variable(name=each) for each in ("x_train", f"x_{name}", "y_train", f"y_{name}")), call)


def _with_validation(
    data: Any,
    statements: Statements,
    splits: tuple[str, ...],
    head: Head,
    seed: str,
    imports: tuple[str, ...] = (),
    functions: tuple[str, ...] = (),
    left_out: tuple[str, ...] = (),
) -> Loading:
    """Arrays by split, with a part of the training split for validation where the section says so."""
    parted = "from sklearn.model_selection import train_test_split"
    if data.validation_split is not None:
        by_class = head.form == "class"
        statements = (*statements, _parted("x_train", "y_train", "val", data.validation_split, seed, by_class))
        splits = ("train", "validation", *(each for each in splits if each != "train"))
        left_out = (*left_out, "other examples are kept for validation")
    if data.validation_split is not None or data.source == "digits":
        imports = (*imports, parted)
    pairs = ", ".join(f"(x_{_NAMES[each]}, y_{_NAMES[each]})" for each in splits)
    returns = f"return {pairs}{',' if len(splits) == 1 else ''}"
    return Loading(statements, splits, False, functions, imports, left_out, returns)


def _files(data: Any) -> dict[str, Any]:
    return {split: files for split in _NAMES if (files := getattr(data, split, None)) is not None}


def _arrays(data: Any, shape: Sequence[Any], head: Head, seed: str) -> Loading | None:
    statements: list[Statement] = []
    sizes = _sizes(shape)
    for split, files in _files(data).items():
        by_name = files if isinstance(files, Mapping) else {"x": files, "y": files}
        if set(by_name) != {"x", "y"} or len(sizes) < len(shape):
            return None
        for name in ("x", "y"):
            of_file = {} if isinstance(files, Mapping) else {"name": name}
            statements.append(_set(f"{name}_{_NAMES[split]}", _call("read_array", by_name[name], **of_file)))
        whole = f"x_{_NAMES[split]}"
        statements.append(Line(f'{whole} = {whole}.reshape({", ".join(map(str, (-1, *sizes)))}).astype("float32")'))
    told = () if data.image is None else ("pictures are not brought to another size",)
    return _with_validation(
        data,
        tuple(statements),
        tuple(_files(data)),
        head,
        seed,
        ("import gzip", "import numpy as np"),
        (READ_ARRAY,),
        told,
    )


# Pictures


def _image_folder(data: Any, shape: Sequence[Any], head: Head, seed: str) -> Loading | None:
    modes = {1: "grayscale", 3: "rgb", 4: "rgba"}
    sizes = _sizes(shape)
    if len(sizes) != 3 or sizes[2] not in modes:
        return None
    more: dict[str, Any] = {"image_size": sizes[:2]}
    more |= {} if sizes[2] == 3 else {"color_mode": modes[sizes[2]]}
    image = data.image
    if image is not None:
        more |= {"crop": {"crop_to_aspect_ratio": True}, "pad": {"pad_to_aspect_ratio": True}}.get(image.resize, {})
        more |= {} if image.interpolation == "bilinear" else {"interpolation": image.interpolation}
    more |= {"batch_size": Name("BATCH_SIZE"), "seed": Name(seed)}
    load = "keras.utils.image_dataset_from_directory"
    statements: list[Statement] = []
    left_out: tuple[str, ...] = ()
    splits = tuple(_files(data))
    if data.validation_split is not None:
        call = _call(load, data.train, **more, validation_split=data.validation_split, subset="both")
        statements.append(Assign((Variable(name="train"), Variable(name="validation")), call))
        splits = ("train", "validation", *(each for each in splits if each != "train"))
        left_out = ("other examples are kept for validation, not so many of each class",)
    else:
        statements.append(_set("train", _call(load, data.train, **more)))
    for split in ("validation", "test"):
        if getattr(data, split) is not None:
            statements.append(_set(split, _call(load, getattr(data, split), **more, shuffle=False)))
    return Loading(tuple(statements), splits, True, (), (), left_out, f"return {', '.join(splits)}")


# Texts and tables


def _text_lines(data: Any, shape: Sequence[Any], head: Head, seed: str) -> Loading | None:
    options = data.text or TextOptions()
    encoding = data.encoding or options.encoding
    statements: list[Statement] = []
    splits = tuple(_files(data))
    for split, files in _files(data).items():
        arguments = _call("read_lines", dict(files) if isinstance(files, Mapping) else files, data.separator, encoding)
        targets = (Variable(name=f"x_{_NAMES[split]}"), Variable(name=f"y_{_NAMES[split]}"))
        statements.append(Assign(targets, arguments))
    return _classes_and_ids(data, options, statements, splits, shape, head, seed, (READ_LINES,))


def _table(data: Any, shape: Sequence[Any], head: Head, seed: str) -> Loading | None:
    if data.inputs is not None or data.labels is not None or data.image is not None or data.label is None:
        return None
    if (
        data.label.column is None
        or data.label.separator is not None
        or not data.train.lower().endswith((".csv", ".tsv"))
    ):
        return None
    feature: Feature = next(iter(data.features(["x"]).values()))
    separator = data.separator or ("\t" if data.train.lower().endswith(".tsv") else ",")
    options = feature.text
    encoding = data.encoding or (options.encoding if options else "utf-8")
    column: Any = options.column if options else list(feature.columns or ())
    if data.decimal != "." or column is None:
        return None
    statements: list[Statement] = []
    for split, file in _files(data).items():
        targets = (Variable(name=f"x_{_NAMES[split]}"), Variable(name=f"y_{_NAMES[split]}"))
        call = _call("read_table", file, column, data.label.column, separator, encoding)
        statements.append(Assign(targets, call))
    splits = tuple(_files(data))
    if options is not None:
        return _classes_and_ids(data, options, statements, splits, shape, head, seed, (READ_TABLE,))
    labels = _labels(head, splits)
    return _with_validation(
        data,
        (*statements, *labels),
        splits,
        head,
        seed,
        ("import csv", "import numpy as np"),
        _functions(head, READ_TABLE),
    )


def _functions(head: Head, *more: str) -> tuple[str, ...]:
    return more if head.form == "values" else (*more, CLASS_NUMBERS)


def _labels(head: Head, splits: Sequence[str]) -> Statements:
    names = [f"y_{_NAMES[each]}" for each in splits]
    if head.form == "values":
        return tuple(Line(f'{name} = np.array({name}, "float32")') for name in names)
    lines = [Line("classes = sorted(set(y_train))")]
    lines += [Line(f"{name} = class_numbers({name}, classes)") for name in names]
    return tuple(lines)


_STANDARDIZE = {
    "ascii": "lower_and_strip_punctuation",
    "ascii_lower": "lower",
    "ascii_strip_punctuation": "strip_punctuation",
}


def _standardized(written: str | None) -> tuple[str | None, tuple[str, ...]]:
    """How Keras standardizes texts, and what differs there."""
    if written is None or written in _STANDARDIZE:
        return _STANDARDIZE.get(written or ""), ()
    likest = "lower_and_strip_punctuation" if written == "web" else written
    does = "takes HTML away and goes by Unicode" if written == "web" else "goes by Unicode"
    return likest, (f"standardize: {written} {does}, and Keras' {likest} by ASCII alone",)


def _classes_and_ids(
    data: Any,
    options: TextOptions,
    statements: list[Statement],
    splits: tuple[str, ...],
    shape: Sequence[Any],
    head: Head,
    seed: str,
    functions: tuple[str, ...],
) -> Loading | None:
    """Texts become ids by a vocabulary of the training split."""
    length = options.output_sequence_length or next(iter(_sizes(shape)), None)
    if options.output_mode != "int" or len(shape) != 1:
        return None
    standardize, left_out = _standardized(options.standardize)
    more: dict[str, Any] = {"max_tokens": options.max_tokens, "standardize": standardize}
    more |= {} if options.split == "whitespace" else {"split": options.split}
    more |= {} if options.ngrams is None else {"ngrams": options.ngrams}
    loaded = _with_validation(
        data,
        (*statements, *_labels(head, splits)),
        splits,
        head,
        seed,
        ("import csv" if READ_TABLE in functions else "", "import numpy as np"),
        _functions(head, *functions),
        left_out,
    )
    vectorizer = _call("keras.layers.TextVectorization", **more, output_sequence_length=length)
    ids = [_set("vectorizer", vectorizer), Line("vectorizer.adapt(x_train)")]
    ids += [Line(f"x_{_NAMES[each]} = vectorizer(x_{_NAMES[each]}).numpy()") for each in loaded.splits]
    return replace(loaded, statements=(*loaded.statements, *ids))


_Source = Callable[[Any, Sequence[Any], Head, str], Loading | None]
_SOURCES: Mapping[str, _Source] = {
    "arrays": _arrays,
    "digits": _digits,
    "image_folder": _image_folder,
    "table": _table,
    "text_lines": _text_lines,
}
