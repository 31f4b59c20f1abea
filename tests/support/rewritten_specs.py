"""Small specs drawn at random as plain values, written in many ways that mean the same, or changed in one thing."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

Draw = Any
Entries = list[Any]

_SIZES = st.sampled_from([2, 3, 4])
_CONVS = st.fixed_dictionaries(
    {"filters": _SIZES, "kernel_size": st.sampled_from([1, 3]), "padding": st.just("same")},
    optional={
        "norm": st.sampled_from(["batch", {"batch": {"epsilon": 0.01}}]),
        "activation": st.sampled_from(["relu", "tanh", {"leaky_relu": {"negative_slope": 0.1}}]),
        "kernel_initializer": st.sampled_from(["he_normal", "lecun_uniform"]),
        "repeat": st.sampled_from([2, 3]),
    },
).map(lambda arguments: {"conv": arguments})
_PLAIN = st.one_of(
    _CONVS,
    st.sampled_from([0.1, 0.5]).map(lambda rate: {"dropout": {"rate": rate}}),
    st.sampled_from(["relu", "silu"]).map(lambda name: {"activation": {"activation": name}}),
    st.just({"max_pool": {"pool_size": 2, "strides": 1, "padding": "same"}}),
    st.just("batch_norm"),
)
_ROWS = st.lists(_PLAIN, min_size=1, max_size=3)
_RESIDUALS = _ROWS.map(lambda row: {"residual": {"layers": row, "activation": "relu"}})
_PARALLELS = st.builds(
    lambda merge, one, other: {"parallel": {"merge": merge, "branches": {"left": one, "right": other}}},
    st.just("concat"),
    _ROWS,
    _ROWS,
)
_ENTRIES = st.lists(st.one_of(_PLAIN, _PLAIN, _RESIDUALS, _PARALLELS), min_size=1, max_size=4)
_TRAINING = st.fixed_dictionaries(
    {"epochs": _SIZES, "loss": st.sampled_from(["auto", "sparse_categorical_crossentropy"])},
    optional={
        "batch_size": st.sampled_from([8, 16]),
        "optimizer": st.sampled_from(
            [
                "adam",
                {"sgd": {"learning_rate": 0.1, "momentum": 0.9}},
                {"adamw": {"learning_rate": {"cosine": {"peak": 0.003, "warmup": 0.5}}, "weight_decay": 0.2}},
            ]
        ),
        "metrics": st.just(["accuracy"]),
        "early_stopping": st.just({"monitor": "val_loss", "patience": 3}),
        "gradient_clip": st.just({"norm": 1.0}),
        "label_smoothing": st.just(0.1),
        "seed": _SIZES,
        "freeze": st.just(["head"]),
        "rates": st.just({"head": 0.5}),
        "phases": st.sampled_from([[{"freeze": ["head"]}, {"epochs": 3, "rates": {"head": 0.5}}], [{"name": "all"}]]),
    },
)
_DATA = st.fixed_dictionaries({"source": st.just("digits"), "validation_split": st.sampled_from([0.1, 0.2])})


@st.composite
def specs(draw: Draw) -> dict[str, Any]:
    """A network for pictures in three stages, with data and training."""
    return {
        "cnnspec": 1,
        "name": "drawn",
        "inputs": {"image": [8, 8, 1]},
        "model": {
            "stem": draw(_ENTRIES),
            "body": draw(_ENTRIES),
            "head": ["global_avg_pool", {"dense": {"units": 10, "activation": "softmax"}}],
        },
        "data": draw(_DATA),
        "training": draw(_TRAINING),
    }


# One change


def lists_of(spec: dict[str, Any]) -> Iterator[Entries]:
    """Every list of entries in a model."""
    waiting: list[Any] = list(spec["model"].values())
    while waiting:
        entries = waiting.pop()
        yield entries
        for entry in entries:
            for arguments in entry.values() if isinstance(entry, dict) else ():
                waiting += [arguments["layers"]] if "layers" in arguments else []
                waiting += list(arguments["branches"].values()) if "branches" in arguments else []


_WORDS = {
    "relu": "selu",
    "tanh": "relu",
    "silu": "relu",
    "softmax": "sigmoid",
    "same": "valid",
    "batch": "layer",
    "auto": "kl_divergence",
    "concat": "add",
    "adam": "rmsprop",
    "accuracy": "top_k_categorical_accuracy",
    "val_loss": "loss",
    "head": "stem",
    "he_normal": "he_uniform",
    "lecun_uniform": "zeros",
    "sparse_categorical_crossentropy": "categorical_crossentropy",
}
"""What a word becomes; others stay."""


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values that can become others."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from leaves(item, (*path, key))
    if isinstance(value, (int, float)) or (isinstance(value, str) and value in _WORDS):
        yield path


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return value / 2 if isinstance(value, float) else _WORDS[value]


@st.composite
def changed(draw: Draw, spec: dict[str, Any]) -> dict[str, Any]:
    """The spec with one thing changed: a value, a key left out or added, an entry more, less, or elsewhere."""
    spec = copy.deepcopy(spec)
    way = draw(st.sampled_from(["value"] * 4 + ["more", "less", "swapped", "doubled", "key"]))
    rows = list(lists_of(spec))
    row = draw(st.sampled_from(rows))
    at = draw(st.integers(0, len(row) - 1))
    if way == "value":
        parts = {key: spec[key] for key in ("inputs", "model", "data", "training")}
        *path, last = draw(st.sampled_from(list(leaves(parts))))
        held: Any = spec
        for key in path:
            held = held[key]
        held[last] = _other(held[last])
    elif way == "more":
        row.insert(at, draw(st.sampled_from(["unit_norm", {"gaussian_noise": {"stddev": 0.3}}])))
    elif way == "less":
        row.pop(at)
    elif way == "doubled":
        row.insert(at, copy.deepcopy(row[at]))
    elif way == "swapped":
        other = (at + 1) % len(row)
        row[at], row[other] = row[other], row[at]
    else:
        spec["training"] |= draw(
            st.sampled_from([{"ema": {}}, {"class_weight": "balanced"}, {"gradient_accumulation": 2}, {"xla": True}])
        )
    return spec


# Other ways to write the same


class Writing:
    """Writes a spec, its keys in any order, its words quoted or not, numbers as variables, entries as blocks."""

    def __init__(self, draw: Draw) -> None:
        self.draw, self.variables, self.blocks = draw, dict[str, Any](), dict[str, Any]()

    def often(self) -> bool:
        """Now and then."""
        return bool(self.draw(st.integers(0, 3)) == 0)

    def spec(self, spec: dict[str, Any]) -> str:
        """The spec as text."""
        held = copy.deepcopy(spec)
        held["model"] = {title: self.entries(row) for title, row in held["model"].items()}
        held["training"], held["data"] = self.values(held["training"]), self.values(held["data"])
        held["blocks"], held["vars"] = self.blocks, self.variables
        held = {key: value for key, value in held.items() if value not in ({}, None)}
        held["description"] = self.draw(st.sampled_from(["", "another"]))
        return "\n".join(self.lines(self.shuffled(held), 0)) + "\n"

    def shuffled(self, value: dict[str, Any]) -> dict[str, Any]:
        """The keys in any order."""
        return dict(self.draw(st.permutations(list(value.items()))))

    def entries(self, row: Entries) -> Entries:
        """Entries written out or repeated, some of them in a block."""
        told = [each for entry in row for each in self.entry(entry)]
        if self.often():
            name = f"block{len(self.blocks)}"
            self.blocks[name] = {"layers": told}
            return [name]
        return told

    def entry(self, entry: Any) -> Iterator[Any]:
        """One entry, or as many as it repeats."""
        if isinstance(entry, str):
            yield {entry: {}} if self.often() else entry
            return
        ((kind, arguments),) = copy.deepcopy(entry).items()
        times = arguments.pop("repeat", 1) if self.often() else 1
        if "layers" in arguments:
            arguments["layers"] = self.entries(arguments["layers"])
        for name, branch in arguments.get("branches", {}).items():
            arguments["branches"][name] = self.entries(branch)
        held = {key: value if key in ("layers", "branches") else self.values(value) for key, value in arguments.items()}
        for _ in range(times):
            only = next(iter(held.values())) if len(held) == 1 else None
            short = kind in ("dropout", "activation") and isinstance(only, (int, float, str)) and self.often()
            yield {kind: only if short else self.shuffled(held)}

    def values(self, value: Any) -> Any:
        """A value, of which some numbers are variables, and some kinds without arguments are maps."""
        if isinstance(value, dict):
            return self.shuffled({key: self.values(item) for key, item in value.items()})
        if isinstance(value, list):
            return [self.values(item) for item in value]
        if isinstance(value, (int, float)) and self.often():
            name = f"v{len(self.variables)}"
            self.variables[name] = value
            return f"${name}" if self.often() else f"${{{name} + 0}}"
        return value

    def lines(self, value: Any, depth: int) -> Iterator[str]:
        """A map or list in lines, or on one line where it lies deep."""
        before = "  " * depth
        pairs = value.items() if isinstance(value, dict) else ((None, item) for item in value)
        for key, item in pairs:
            head = "-" if key is None else f"{self.word(str(key))}:"
            comment = "  # a remark" if self.often() else ""
            if isinstance(item, (dict, list)) and item and (depth < 1 or (depth < 6 and self.often())) and key:
                yield f"{before}{head}{comment}"
                yield from self.lines(item, depth + 1)
            else:
                yield f"{before}{head} {self.flow(item)}{comment}"

    def flow(self, value: Any) -> str:
        """A value on one line."""
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.word(str(key))}: {self.flow(item)}" for key, item in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(self.flow, value)) + "]"
        return self.word(value) if isinstance(value, str) else json.dumps(value)

    def word(self, text: str) -> str:
        """A word, bare or in one of the quotes."""
        bare = text.replace("_", "").replace("$", "").isalnum()
        return self.draw(st.sampled_from([text, json.dumps(text), f"'{text}'"] if bare else [json.dumps(text)]))


@st.composite
def writings(draw: Draw, spec: dict[str, Any]) -> str:
    """The spec written in one of many ways."""
    return Writing(draw).spec(spec)
