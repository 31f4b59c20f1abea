"""The top-level keys of a spec, each with its meaning: one home for messages, schema and documentation."""

TOP_LEVEL: dict[str, str] = {
    "cnnspec": "The version of the language: 1. Required.",
    "name": "The network's name: a letter, then up to 63 letters, digits, `_`, `.` or `-`. Runs are named after it.",
    "description": "What the network is, for people.",
    "reference": "Where it comes from: a paper, a page.",
    "extends": "Another spec, read first: a path ending in .yaml, or a bundled spec's name, with @variant if wanted.",
    "vars": "Named values, used as `$name` or `${name + 1}`; they may use each other.",
    "variants": "Name -> values for `vars`; chosen as `spec.yaml@name`.",
    "default_variant": "The variant that is meant where none is named.",
    "blocks": "Named lists of entries with parameters, used like a kind of layer.",
    "inputs": "Name -> shape without the batch axis, or {shape, dtype}; null is an unknown length.",
    "model": "The network: stage title -> entries, or one list of entries.",
    "outputs": "Output name -> the stage or entry whose result it is; without it the last entry is the output.",
    "data": "Where the examples come from, and what becomes of them on the way to the network.",
    "training": "How the network learns.",
    "expect": "Facts that must hold: params, trainable_params, macs, output; for the spec, or by variant.",
}

NAME_PATTERN = r"[A-Za-z][A-Za-z0-9_.-]{0,63}"
"""What `name` matches."""

WORD_PATTERN = r"[A-Za-z][A-Za-z0-9_]*"
"""What the names of entries, inputs, outputs, variables, blocks and parameters match."""
