"""What is said once for all entries of a kind is what each of them would say itself."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.analysis import Analysis, analyse
from cnnspec.graph.nodes import Graph
from cnnspec.language.location import locate
from cnnspec.language.merge import read_settings
from cnnspec.runs.resolved import resolved_spec
from tests.support.spec_texts import graph_of, read

Arguments = Mapping[str, str]


def written(arguments: Arguments) -> str:
    """Arguments as YAML has them on one line."""
    return f"{{{', '.join(f'{key}: {value}' for key, value in arguments.items())}}}"


def alike(one: Graph, other: Graph) -> bool:
    """Whether two networks have the same layers, by the same names."""
    seen = [[(node.name, node.layer, node.facts, node.inputs) for node in graph.nodes] for graph in (one, other)]
    return seen[0] == seen[1]


NORM = st.fixed_dictionaries(
    {}, optional={"epsilon": st.sampled_from(["0.1", "1e-5"]), "momentum": st.sampled_from(["0.5", "0.9"])}
)
CONV = st.fixed_dictionaries(
    {},
    optional={
        "padding": st.sampled_from(["same", "1"]),
        "strides": st.sampled_from(["1", "2"]),
        "kernel_initializer": st.sampled_from(["he_normal", "{constant: 0.5}"]),
        "activation": st.sampled_from(["relu", "tanh"]),
        "kernel_size": st.sampled_from(["1", "3"]),
    },
)
OWN_NORM = st.sampled_from(["", "batch", "layer", "none", "{batch: {epsilon: 0.2}}", "{batch: {}}"])
CONVS = st.lists(st.tuples(CONV, OWN_NORM), min_size=1, max_size=3)


def spelt_out(norm: str, of_batch: Arguments) -> str:
    """A norm with what the defaults of batch_norm add to it."""
    own = {"batch": {}, "{batch: {}}": {}, "{batch: {epsilon: 0.2}}": {"epsilon": "0.2"}}.get(norm)
    return norm if own is None else f"{{batch: {written({**of_batch, **own})}}}"


@given(CONV, NORM, CONVS)
def test_an_entry_with_defaults_is_the_entry_that_says_it_all_itself(
    conv: Arguments, norm: Arguments, entries: list[tuple[Arguments, str]]
) -> None:
    """What it says itself stays; `norm: batch` has what batch_norm has."""
    short, long = [], []
    for own, named in entries:
        mine = {"filters": "4", **own, **({"norm": named} if named else {})}
        mine |= {} if "kernel_size" in {**conv, **own} else {"kernel_size": "2"}
        whole = {**conv, **mine, **({"norm": spelt_out(named, norm)} if named else {})}
        short.append(f"conv: {written(mine)}, batch_norm")
        long.append(f"conv: {written(whole)}, batch_norm: {written(norm)}")
    head = "inputs: {x: [16, 16, 3]}\n"
    defaults = f"defaults: {{conv: {written(conv)}, batch_norm: {written(norm)}}}\n"
    shorter = graph_of(f"{head}{defaults}model: {{stage: [{', '.join(short)}]}}")
    assert alike(shorter, graph_of(f"{head}model: {{stage: [{', '.join(long)}]}}"))


@pytest.mark.parametrize(
    ("defaults", "short", "long"),
    [
        ("dropout: 0.3", "dropout", "dropout: 0.3"),
        ("dropout: {seed: 4}", "dropout: 0.3", "dropout: {rate: 0.3, seed: 4}"),
        ("max_pool: $pool", "max_pool", "max_pool: {pool_size: 3, padding: same}"),
        ("max_pool: {padding: same}", "$kind: 3", "max_pool: {pool_size: 3, padding: same}"),
        ("group_norm: 2", "conv: {filters: 4, kernel_size: 1, norm: group}",
         "conv: {filters: 4, kernel_size: 1, norm: {group: 2}}"),
        ("group_norm: {epsilon: 0.1}", "conv: {filters: 4, kernel_size: 1, norm: {group: 2}}",
         "conv: {filters: 4, kernel_size: 1, norm: {group: {groups: 2, epsilon: 0.1}}}"),
        ("conv: {norm: batch}, batch_norm: {epsilon: 0.1}", "conv: {filters: 4, kernel_size: 1}",
         "conv: {filters: 4, kernel_size: 1, norm: {batch: {epsilon: 0.1}}}"),
        ("conv: {norm: batch}", "conv: {filters: 4, kernel_size: 1, norm: null}", "conv: {filters: 4, kernel_size: 1}"),
        ("conv: {strides: 2}", "conv: {filters: 4, kernel_size: 1, repeat: 3, first: {strides: 1}}",
         "conv: {filters: 4, kernel_size: 1, strides: 2, repeat: 3, first: {strides: 1}}"),
        ("residual: {activation: relu, shortcut: none}", "residual: {layers: [identity]}",
         "residual: {activation: relu, shortcut: none, layers: [identity]}"),
        ("residual: {activation: relu}", "residual: [identity]", "residual: {activation: relu, layers: [identity]}"),
        ("parallel: {merge: add}", "parallel: [[], [identity]]", "parallel: {merge: add, branches: [[], [identity]]}"),
        ("squeeze_excite: {activation: silu, form: dense}", "squeeze_excite: 2",
         "squeeze_excite: {units: 2, activation: silu, form: dense}"),
        ("conv: $no", "conv: {filters: 4, kernel_size: 1}", "conv: {filters: 4, kernel_size: 1, use_bias: false}"),
    ],
)  # fmt: skip
def test_defaults_of_any_kind_are_what_an_entry_would_say(defaults: str, short: str, long: str) -> None:
    head = (
        "vars: {pool: {pool_size: 3, padding: same}, kind: max_pool, no: {use_bias: false}}\ninputs: {x: [8, 8, 4]}\n"
    )
    end = "dropout: {rate: 0.3, seed: 1}, dense: 2"
    short, long = (f"{head}{more}model: {{stage: [{entry}, {end}]}}" for more, entry in (
        (f"defaults: {{{defaults}}}\n", short), ("", long)
    ))  # fmt: skip
    assert alike(graph_of(short), graph_of(long))


def test_what_the_program_makes_by_itself_starts_as_entries_do() -> None:
    """The projection of a shortcut, and the layers of a gate; nothing else of them is a default's."""
    defaults = "conv: {kernel_initializer: he_normal, kernel_regularizer: {l2: 0.1}, activation: relu, strides: 2}"
    graph = graph_of(
        f"inputs: {{x: [8, 8, 4]}}\ndefaults: {{{defaults}}}\n"
        "model: {stage: [residual: {layers: [conv: {filters: 8, kernel_size: 1}, squeeze_excite: 2]}]}"
    )
    layers = {node.name: node.layer for node in graph.nodes}
    arguments = {name: layer.arguments() for name, layer in layers.items() if layer is not None}
    shortcut = arguments["stage.residual1.shortcut.conv1"]
    squeeze, excite = (arguments[f"stage.residual1.squeeze_excite1.{part}"] for part in ("squeeze", "excite"))
    for made in (shortcut, squeeze, excite):
        assert made["kernel_initializer"].kind == "he_normal" and made["kernel_regularizer"].kind == "l2"
    assert (shortcut["strides"], shortcut["activation"]) == ((2, 2), None)
    assert (squeeze["strides"], excite["activation"].kind) == (1, "sigmoid")


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., Path]:
    """Writes a base, and what extends it; the last one's path."""

    def write(**texts: str) -> Path:
        for name, text in texts.items():
            (tmp_path / f"{name}.yaml").write_text(f"cnnspec: 1\n{text}\n")
        return tmp_path / f"{[*texts][-1]}.yaml"

    return write


BASE = """inputs: {x: [8, 8, 4]}
defaults: {INHERITEDconv: {kernel_size: 3}, batch_norm: {epsilon: 0.1}}
blocks: {unit: {layers: [conv: {filters: 4, norm: batch}]}}
model: {stem: [conv: {filters: 3}], body: [unit], head: [batch_norm, flatten, dense: 2]}
"""
CHILD = """extends: base.yaml
defaults: {conv: {kernel_size: 1, use_bias: false}, dense: {use_bias: false}}
model: {stem: [conv: {filters: 2, norm: batch}, unit], last: [dense: 2]}
"""


def told(graph: Graph) -> dict[str, tuple[object, ...]]:
    """Of each layer what the defaults here speak of."""
    names = ("kernel_size", "use_bias", "epsilon")
    layers = {node.name: node.layer.arguments() for node in graph.nodes if node.layer is not None}
    return {
        name: tuple(each[key] for key in names if key in each) for name, each in layers.items() if "flat" not in name
    }


APART = {
    "stem.conv1": (1, False), "stem.conv1.batch_norm": (0.001,),
    "stem.unit1.conv1": (3, False), "stem.unit1.conv1.batch_norm": (0.1,),
    "body.unit1.conv1": (3, False), "body.unit1.conv1.batch_norm": (0.1,),
    "head.batch_norm1": (0.1,), "head.dense1": (True,), "last.dense1": (False,),
}  # fmt: skip
TOGETHER = {
    **APART, "stem.conv1.batch_norm": (0.1,), "stem.unit1.conv1": (1, False), "body.unit1.conv1": (1, False),
    "head.dense1": (False,),
}  # fmt: skip


@pytest.mark.parametrize(("said", "expected"), [("", APART), ("inherited: true, ", TOGETHER)])
def test_each_files_defaults_are_its_own_entries_unless_the_base_says_more(
    files: Callable[..., Path], said: str, expected: object, tmp_path: Path
) -> None:
    """A run keeps what came of it, and reads it back as the same network."""
    spec, graph = read(locate(str(files(base=BASE.replace("INHERITED", said), child=CHILD)), print))
    assert told(graph) == expected
    (tmp_path / "again.yaml").write_text(resolved_spec(spec, {}))
    assert alike(read(locate(str(tmp_path / "again.yaml"), print))[1], graph)


def test_defaults_go_on_through_bases_of_bases(files: Callable[..., Path], tmp_path: Path) -> None:
    middle = "extends: base.yaml\ndefaults: {inherited: true, conv: {kernel_size: 2}}\nmodel: {mid: [conv: 4]}"
    top = "extends: middle.yaml\ndefaults: {conv: {use_bias: false}}\nmodel: {top: [conv: 4]}"
    base = BASE.replace("INHERITED", "").replace(", dense: 2", "").replace("flatten", "identity")
    spec, graph = read(locate(str(files(base=base, middle=middle, top=top)), print))
    found = told(graph)
    assert (found["stem.conv1"], found["mid.conv1"], found["top.conv1"]) == ((3, True), (2, False), (2, False))
    (tmp_path / "again.yaml").write_text(resolved_spec(spec, {}))
    assert alike(read(locate(str(tmp_path / "again.yaml"), print))[1], graph)


def test_what_only_changes_other_keys_leaves_the_bases_defaults_as_they_are(files: Callable[..., Path]) -> None:
    base = BASE.replace("INHERITED", "")
    child = files(base=base, child="extends: base.yaml\ntraining: {epochs: 2}")
    _, graph = read(locate(str(child), print))
    assert alike(graph, read(locate(str(child.parent / "base.yaml"), print))[1])
    setting = ("defaults.conv.kernel_size=1", "defaults.dense.use_bias=false")
    _, set_otherwise = read(locate(str(child), print), settings=setting)
    assert told(set_otherwise)["stem.conv1"] == (1, True) and told(set_otherwise)["head.dense1"] == (False,)
    assert len(read_settings(setting, print)) == 2


def diagnosed(path: Path) -> list[tuple[str, str, int]]:
    """Code, message and line of all that is said of a spec with its variants."""
    analysis: Analysis = analyse(str(path), every_variant=True)
    return [(each.code, each.message, each.span.line if each.span else 0) for each in analysis.diagnostics]


def test_defaults_that_nothing_uses_are_told(files: Callable[..., Path]) -> None:
    """Of its own file, in no variant; an entry that another choice of `when` would bring counts as one."""
    text = """vars: {deep: false, kind: dense}
variants: {one: {kind: conv}, two: {kind: dense}}
defaults:
  conv: {filters: 2, kernel_size: 1}
  dense: {units: 2}
  max_pool: 2
  batch_norm: {epsilon: 0.1}
  layer_norm: {epsilon: 0.1}
  dropout: 0.5
inputs: {x: [8, 8, 4]}
model: [$kind: {}, conv: {norm: batch}, dropout: {when: $deep}]"""
    said = "nothing uses {} of defaults"
    assert diagnosed(files(spec=text)) == [
        ("unused-name", said.format("max_pool"), 7),
        ("unused-name", said.format("layer_norm"), 9),
    ]
    child = files(base=BASE.replace("INHERITED", ""), child="extends: base.yaml\ndefaults: {conv: {use_bias: false}}")
    assert diagnosed(child) == [("unused-name", said.format("conv"), 3)]


def test_a_mistake_in_defaults_is_told_once_where_it_stands(files: Callable[..., Path]) -> None:
    text = """defaults:
  conv: {kernel_size: 9, filters: -1}
inputs: {x: [8, 8, 4]}
model: [conv: {filters: 2, repeat: 2}, conv, conv: 3]"""
    assert [(code, line) for code, _, line in diagnosed(files(spec=text))] == [("shape-mismatch", 3), ("bad-value", 3)]
