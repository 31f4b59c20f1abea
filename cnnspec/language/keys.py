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
    "defaults": "Kind -> arguments that its entries have where they do not say otherwise.",
    "inputs": "Name -> shape without the batch axis, or {shape, dtype}; null is an unknown length.",
    "model": "The network: stage title -> entries, or one list of entries.",
    "outputs": "Output name -> the stage or entry whose result it is; without it the last entry is the output.",
    "pretrained": "Weights to start from by name, `start_from: imagenet`: {imagenet: {keras: NAME}}, or by variant, "
    "with a name of keras.applications.",
    "data": "Where the examples come from, and what becomes of them on the way to the network.",
    "training": "How the network learns.",
    "expect": "Facts that must hold: params, trainable_params, macs, output; for the spec, or by variant.",
}

SWEEP = "sweep"
"""The key of a file that is no spec, and says what a sweep of one goes over."""

SECTIONS = ("defaults", "inputs", "outputs", "data", "training", "expect")
"""What a variable may hold whole, as it holds arguments."""

NAME_PATTERN = r"[A-Za-z][A-Za-z0-9_.-]{0,63}"
"""What `name` matches."""

WORD_PATTERN = r"[A-Za-z][A-Za-z0-9_]*"
"""What the names of entries, inputs, outputs, variables, blocks and parameters match."""

DTYPES = (
    "float32",
    "float16",
    "bfloat16",
    "float64",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "bool",
)
"""The types of numbers that an input may have."""

FACTS: dict[str, str] = {
    "params": "All parameters, as Keras' count_params.",
    "trainable_params": "The parameters that training changes by gradient.",
    "macs": "Multiply-adds for one example.",
    "output": "The output's shape without the batch axis; by output name if there are several.",
}
"""What `expect` may state. An integer is exact; a float holds within one unit of its last written digit."""
