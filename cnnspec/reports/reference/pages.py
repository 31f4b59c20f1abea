"""The pages of the reference, each made from one part of the code."""

import importlib
from collections.abc import Callable, Iterable
from inspect import cleandoc
from types import ModuleType

from cnnspec.language.augmentation import Augmentation
from cnnspec.language.composites import Composite, EntryArguments
from cnnspec.language.data import SOURCES
from cnnspec.language.draft7 import nested_models
from cnnspec.language.keys import DTYPES, FACTS, TOP_LEVEL
from cnnspec.language.losses import Loss
from cnnspec.language.metrics import Metric
from cnnspec.language.optimizers import REPLACED, Optimizer
from cnnspec.language.schedules import Schedule
from cnnspec.language.training import Training
from cnnspec.layers import FAMILIES, LAYERS, Layer
from cnnspec.layers.activation import Nonlinearity
from cnnspec.layers.examples import summary_of
from cnnspec.layers.initializer import Initializer, Regularizer
from cnnspec.layers.model import Fields
from cnnspec.layers.norm import NORMS
from cnnspec.reports.reference.kinds import examples, family_section, kind_section, members_section
from cnnspec.reports.reference.phrases import field_table, section_name, table
from cnnspec.source.codes import CODES

COMMAND = "python -m cnnspec.cli.reference docs"
"""What writes the pages again."""

_MADE = f"<!-- Made from the code by `{COMMAND}`; changes here are lost. -->"


def layers_page() -> str:
    """Every layer, with its arguments, and the families that are arguments of layers."""
    families = (_layer_family(importlib.import_module(f"cnnspec.layers.{name}")) for name in FAMILIES)
    composites = (kind_section(kind, member) for kind, member in Composite.members.items())
    return page(
        "Layers",
        _ENTRY,
        "## What every entry takes",
        field_table(EntryArguments),
        "Every layer also takes:",
        field_table(Layer),
        *families,
        "## Entries that stand for several layers",
        *composites,
        members_section("Norms", NORMS, _NORMS),
        family_section("Activations", Nonlinearity, "What `activation` takes."),
        family_section("Initializers", Initializer, "How weights start. Keras' names and arguments."),
        family_section("Regularizers", Regularizer, "Penalties on weights or outputs, added to the loss."),
    )


_ENTRY = """An entry of a model is a kind alone, a kind with its first argument, or a kind with named arguments:

```yaml
- flatten
- dense: 10
- conv: {filters: 64, kernel_size: 3}
```

Arguments are spelled as in Keras and default as in Keras. Shapes are written without the batch axis. How formulas
are to be read, [explanations](explain.md#formulas) tell; `cnnspec explain` fills in the numbers of a layer."""


_NORMS = """What `norm` of a convolution or a dense layer takes: a name, or `{name: {arguments}}` with the arguments of
the layer that the name stands for."""


def _layer_family(module: ModuleType) -> str:
    members = {kind: layer for kind, layer in LAYERS.items() if layer.__module__ == module.__name__}
    title = cleandoc(module.__doc__ or "").split("\n")[0].rstrip(".")
    return "\n\n".join([f"## {title}", *(kind_section(kind, layer) for kind, layer in members.items())])


def keys_page() -> str:
    """The top-level keys of a spec."""
    facts = [(f"`{name}`", text) for name, text in FACTS.items()]
    return page(
        "Keys of a spec",
        table(("key", "meaning"), [(f"`{key}`", text) for key, text in TOP_LEVEL.items()]),
        "What may stand under [`data`](data.md), under [`training`](training.md) and in the lists of entries of "
        "[`model`](layers.md) has pages of its own; [language.md](language.md) tells the whole story.",
        "## expect",
        "An integer is exact; a float holds within one unit of its last written digit.",
        table(("fact", "meaning"), facts),
        "## inputs",
        f"`dtype` is one of {', '.join(f'`{dtype}`' for dtype in DTYPES)}; without it `float32`.",
    )


def data_page() -> str:
    """The data section."""
    sources = (section(f"source: {name}", model) for name, model in SOURCES.items())
    return page(
        "Data",
        "Paths are relative to the spec, and stay in its folder: the person who runs the command may name another "
        "one with `--data-root`. The network does its own preprocessing; what comes from `data` is pixels from 0 to "
        "255, numbers or token ids.",
        *sources,
        "## Maps inside",
        inner_sections(SOURCES.values()),
        family_section(
            "Augmentations",
            Augmentation,
            "Items of `augment`: Keras' random image layers, which change training batches one after the other. "
            "What they draw depends on the seed, the epoch and the batch alone. Where several inputs are pictures, "
            "all are changed alike. Labels that lie over a picture, with a class or numbers for each of its places, "
            "are moved with it: classes to the nearest place, numbers as pixels are. What comes in from outside with "
            "`fill_mode: constant` has no label, so that this is refused there unless the loss has an `ignore_class`; "
            "so is what blends moved pictures, and all that moves them where labels lie over places of another size. "
            "`mix_up` and `cut_mix`, which mix labels, too, do not run yet.",
        ),
    )


def training_page() -> str:
    """The training section, with optimizers, schedules, losses and metrics."""
    replaced = table(("of Keras' optimizers", "in a spec"), [(f"`{name}`", text) for name, text in REPLACED.items()])
    return page(
        "Training",
        summary_of(Training),
        field_table(Training),
        inner_sections([Training]),
        family_section("Learning rates", Schedule, "`learning_rate` is a number, or one of these."),
        family_section("Optimizers", Optimizer, "Keras' names in snake case, Keras' arguments."),
        "### Arguments with a key of their own",
        replaced,
        family_section("Losses", Loss, "Keras' names in snake case, Keras' arguments."),
        family_section("Metrics", Metric, "Keras' names in snake case, Keras' arguments."),
    )


def errors_page() -> str:
    """Every code that a message can have."""
    return page(
        "Errors and warnings",
        "Every message has a code that stays the same from version to version. A warning is an error under "
        "`--strict`; a comment on its line silences it: `# cnnspec: allow CODE`.",
        table(("code", "meaning"), [(f"`{code}`", text) for code, text in CODES.items()]),
    )


def page(title: str, *parts: str) -> str:
    """A page of the reference: its title and its parts, blank lines between them."""
    return "\n\n".join([_MADE, f"# {title}", *(part for part in parts if part)]) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "layers.md": layers_page,
    "keys.md": keys_page,
    "data.md": data_page,
    "training.md": training_page,
    "errors.md": errors_page,
}
"""File name -> what writes it."""


def section(title: str, model: type[Fields], level: int = 2) -> str:
    """A heading, the docstring, its example, the keys."""
    parts = [f"{'#' * level} {title}", summary_of(model), *examples(model), field_table(model)]
    return "\n\n".join(part for part in parts if part)


def inner_sections(models: Iterable[type[Fields]], level: int = 3) -> str:
    """A section for every map inside the models, each once, named like what the tables link to."""
    found = dict.fromkeys(inner for model in models for inner in nested_models(model))
    return "\n\n".join(section(section_name(inner.__name__), inner, level) for inner in found)
