"""The JSON Schema: draft-07, a description for every key, and the program's opinion wherever it can have one."""

import json
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pydantic_core import PydanticCustomError, ValidationError

from cnnspec.language.composites import Composite
from cnnspec.language.data import SOURCES
from cnnspec.language.keys import TOP_LEVEL
from cnnspec.language.optimizers import Optimizer
from cnnspec.language.schema import LAYER_FAMILIES, TRAINING_FAMILIES, spec_schema
from cnnspec.language.training import Training
from cnnspec.layers import LAYERS
from cnnspec.layers.examples import examples_of
from cnnspec.layers.kind import Kind, read_kind
from cnnspec.source.diagnostic import Diagnostic
from cnnspec.source.values import plain
from cnnspec.source.yaml import read_yaml
from tests.support.language_server import EDITOR, MISSING, LanguageServer
from tests.support.layers_drawn import cases
from tests.support.often import examples
from tests.support.places import ROOT

SPECS = [*sorted((ROOT / "specs").glob("*.yaml")), *sorted((ROOT / "tests" / "specs_ok").glob("*.yaml"))]
FAMILIES = LAYER_FAMILIES | TRAINING_FAMILIES
KINDS = [(family, kind) for family, members in FAMILIES.items() for kind in members]


def read(text: str) -> Any:
    """A YAML text as plain values, read as the program reads it."""
    found: list[Diagnostic] = []
    value = read_yaml(text, "test.yaml", found.append)
    assert value is not None and not found, found
    return plain(value)


@cache
def validator() -> Draft7Validator:
    return Draft7Validator(spec_schema())


@cache
def alone(definition: str) -> Draft7Validator:
    """The validator of one of the schema's definitions."""
    schema = {"$ref": f"#/definitions/{definition}", "definitions": validator().schema["definitions"]}
    return Draft7Validator(schema)


def complaints(text: str) -> list[str]:
    return [f"{list(error.absolute_path)}: {error.message}" for error in validator().iter_errors(read(text))]


def spec(*entries: str, **sections: str) -> str:
    """A spec with these entries and further sections, each of them YAML on one line."""
    model = [f"  {entry}" for entry in entries or ("- flatten",)]
    others = [f"{key}: {value}" for key, value in sections.items()]
    return "\n".join(["cnnspec: 1", "inputs: {image: [28, 28, 1]}", "model:", *model, *others])


def schemas(node: Any) -> Iterator[dict[str, Any]]:
    """Every map of a schema, but for the conditions of `if`, `then` and `else`, which describe nothing."""
    if isinstance(node, dict):
        yield node
        for key, value in node.items():
            if key not in ("if", "then", "else"):
                yield from schemas(value)
    elif isinstance(node, list):
        for item in node:
            yield from schemas(item)


def test_it_is_a_draft_07_schema() -> None:
    Draft7Validator.check_schema(spec_schema())
    for schema in schemas(spec_schema()):
        assert not {"$defs", "prefixItems", "definition"} & set(schema), schema
        assert "$ref" not in schema or len(schema) == 1 or "properties" in schema, schema


def test_every_reference_leads_somewhere() -> None:
    definitions = spec_schema()["definitions"]
    references = {schema["$ref"] for schema in schemas(spec_schema()) if isinstance(schema.get("$ref"), str)}
    assert {reference.removeprefix("#/definitions/") for reference in references} <= set(definitions)


def test_every_key_has_a_description() -> None:
    for schema in schemas(spec_schema()):
        for key, value in schema.get("properties", {}).items() if isinstance(schema.get("properties"), dict) else ():
            assert value.get("description"), key


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_good_spec_validates(path: Path) -> None:
    assert complaints(path.read_text()) == []


@pytest.mark.parametrize("kind", LAYERS)
def test_the_examples_of_a_layer_validate(kind: str) -> None:
    for example in examples_of(LAYERS[kind]):
        assert complaints(spec(example.entry)) == []


@pytest.mark.parametrize("source", SOURCES)
def test_the_example_of_a_data_source_validates(source: str) -> None:
    text = (SOURCES[source].__doc__ or "").split("```yaml\n")[1].split("```")[0]
    lines = [line.removeprefix("    ") for line in text.splitlines()]
    assert complaints("\n".join([spec(), *lines])) == []


@pytest.mark.parametrize("computed", ["$x", "'${2 * x}'"])
@pytest.mark.parametrize("kind", LAYERS)
def test_every_argument_of_a_layer_may_be_computed(kind: str, computed: str) -> None:
    fields = LAYERS[kind].model_fields
    arguments = ", ".join(f"{name}: {computed}" for name in (*fields, "repeat", "when", "name", "from"))
    assert complaints(spec(f"- {kind}: {{{arguments}}}")) == []


@pytest.mark.parametrize("computed", ["$x", "'${2 * x}'"])
@pytest.mark.parametrize(("family", "kind"), KINDS)
def test_every_argument_of_a_kind_may_be_computed(family: str, kind: str, computed: str) -> None:
    member: type[Kind] = FAMILIES[family][kind]
    written = {kind: dict.fromkeys(member.model_fields, computed.strip("'"))}
    assert list(alone(family).iter_errors(written)) == []


@pytest.mark.parametrize(
    "text",
    [
        spec("- conv: {filters: 8, kernel_size: 3}", "- residual:", "    layers: [identity]", "    shortcut: none"),
        spec("- parallel: {merge: add, branches: [[], [conv: {filters: 1, kernel_size: 1}]]}"),
        spec("- parallel: {for: {k: [3, 5]}, layers: [conv: {filters: 8, kernel_size: $k, padding: same}]}"),
        spec("- parallel: [[], [identity]]"),
        spec("- residual: [identity]"),
        spec("- dense: 10", "- dense: $units", "- reuse: {entry: encode, from: right}", "- reuse: encode"),
        spec("- $kind: {filters: 8, whatever: 3}"),
        spec("- bottleneck: 64", "- bottleneck", blocks="{bottleneck: {params: {filters: 1}, layers: [identity]}}"),
        spec("- stem", extends="base.yaml"),
        "cnnspec: 1\nextends: resnet@50\ntraining: {epochs: 3, early_stopping: null}\ndata: {validation_split: 0.2}",
        "cnnspec: 1\nextends: resnet\nmodel: {softmax: null}",
        spec(
            data="{source: digits}", training="{optimizer: {sgd: 0.1}, loss: {a: mse, b: {huber: 2}}, metrics: [mse]}"
        ),
        spec(expect="{params: 10, macs: 1.8e9, big: {output: [1000]}}"),
    ],
)
def test_good_texts_validate(text: str) -> None:
    assert complaints(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "cnnspec: 2\ninputs: {a: [1]}\nmodel: [flatten]",
        "inputs: {a: [1]}\nmodel: [flatten]",
        "cnnspec: 1\nmodel: [flatten]",
        "cnnspec: 1\ninputs: {a: [1]}",
        spec(modle="[flatten]"),
        spec(name="3d"),
        spec("- convv: {filters: 8, kernel_size: 3}"),
        spec("- Conv2D: {filters: 8, kernel_size: 3}"),
        spec("- conv: {filters: 8, kernel_size: 3, strid: 2}"),
        spec("- conv: {filters: '8', kernel_size: 3}"),
        spec("- conv: {filters: 8}"),
        spec("- conv: 8"),
        spec("- conv: {filters: 8, kernel_size: 3, padding: sam}"),
        spec("- conv: {filters: 8, kernel_size: 3, activation: rellu}"),
        spec("- conv: {filters: 8, kernel_size: 3, kernel_initializer: {he_normal: {sed: 3}}}"),
        spec("- {dense: 3, name: x}"),
        spec("- dense"),
        spec("- dense: {units: 3, when: 1}"),
        spec("- residual: {layers: [identity], shortcut: projecton}"),
        spec("- residual: {layers: [dens: 3]}"),
        spec("- parallel: {merge: sum, branches: [[], []]}"),
        spec("- bottleneck: {filtres: 3}"),
        spec("- conv: {filter: 8, kernel_size: 3}", blocks="{b: {layers: [identity]}}"),
        spec(blocks="{b: {layer: [identity]}}"),
        spec(inputs2="{a: [1]}"),
        "cnnspec: 1\ninputs: {a: [0]}\nmodel: [flatten]",
        "cnnspec: 1\ninputs: {a: {shape: [1], dtype: int31}}\nmodel: [flatten]",
        "cnnspec: 1\ninputs: {a: [1]}\nmodel: []",
        "cnnspec: 1\ninputs: {a: [1]}\nmodel: {stage: []}",
        spec(data="{source: digit}"),
        spec(data="{validation_split: 0.1}"),
        spec(data="{source: arrays}"),
        spec(data="{source: digits, train: x}"),
        spec(data="{source: digits, augment: [random_flp]}"),
        spec(data="{source: table, train: a.csv, columns: []}"),
        spec(data="{source: table, train: a.csv, inputs: {}}"),
        spec(data="{source: table, train: a.csv, labels: {}}"),
        spec(training="{epoch: 3}"),
        spec(training="{epochs: 0}"),
        spec(training="{optimizer: {adam: {clipnorm: 1}}}"),
        spec(training="{optimizer: adamm}"),
        spec(training="{loss: mze}"),
        spec(training="{loss: {hubr: {delta: 2}}}"),
        spec(training="{metrics: [acuracy]}"),
        spec(training="{early_stopping: {patince: 3}}"),
        spec(training="{precision: float16}"),
        spec(expect="{parms: 10}"),
    ],
)
def test_bad_texts_do_not_validate(text: str) -> None:
    assert complaints(text)


@pytest.mark.parametrize("kind", LAYERS)
@settings(max_examples=examples(8, 30), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_a_layer_accepts_the_schema_accepts(kind: str, data: st.DataObject) -> None:
    case = data.draw(cases(kind))
    try:
        read_kind("layer", LAYERS, {kind: case.arguments})
    except PydanticCustomError:
        return
    assert list(alone("entry").iter_errors(json.loads(json.dumps({kind: case.arguments})))) == []


WORDS = sorted({"auto", "balanced", "$x", *SOURCES, *Training.model_fields, *(kind for _, kind in KINDS)})
SCALARS = st.none() | st.booleans() | st.integers(-2, 300) | st.just(10**400) | st.floats() | st.sampled_from(WORDS)


def written(family: str) -> st.SearchStrategy[Any]:
    """A member of a family, by name or with some of its arguments, right or wrong."""
    values = SCALARS | st.lists(SCALARS, max_size=3)

    def with_arguments(kind: str) -> st.SearchStrategy[Any]:
        fields = sorted(FAMILIES[family][kind].model_fields)
        arguments = st.dictionaries(st.sampled_from(fields), values, max_size=3) if fields else st.just({})
        return st.just(kind) | st.fixed_dictionaries({kind: arguments | values})

    return st.sampled_from(sorted(FAMILIES[family])).flatmap(with_arguments)


TRAINING = {name: SCALARS | st.dictionaries(st.sampled_from(WORDS), SCALARS) for name in Training.model_fields} | {
    "optimizer": written("optimizer"),
    "loss": written("loss") | st.dictionaries(st.sampled_from(WORDS), written("loss"), max_size=2),
    "metrics": st.lists(written("metric"), max_size=3) | SCALARS,
}


@settings(max_examples=examples(100, 300), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.fixed_dictionaries({}, optional=TRAINING))
def test_what_training_accepts_the_schema_accepts_and_nothing_else_is_raised(section: dict[str, Any]) -> None:
    try:
        Training.model_validate(section)
    except ValidationError as error:
        assert error.errors(include_url=False)
        return
    assert list(alone("training").iter_errors(section)) == []


def test_no_list_of_choices_is_empty_or_says_one_twice() -> None:
    """What the strict meta-schema of draft-07 asks beyond that of Python's validator."""
    for each in schemas(spec_schema()):
        if "enum" in each:
            assert each["enum"] and len(set(map(str, each["enum"]))) == len(each["enum"]), each


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """The language server, with the schema as the program prints it."""
    if MISSING:
        pytest.skip(MISSING)
    folder = tmp_path_factory.mktemp("editor")
    (folder / "cnnspec.schema.json").write_text(json.dumps(spec_schema()))
    with LanguageServer(folder) as started:
        yield started


def test_ajv_takes_the_schema_as_draft_07(tmp_path: Path) -> None:
    if MISSING:
        pytest.skip(MISSING)
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(spec_schema()))
    program = f"const Ajv = require('ajv'); new Ajv({{strict: false}}).compile(require({json.dumps(str(path))}))"
    subprocess.run(["node", "-e", program], cwd=EDITOR, check=True, timeout=120)


def test_an_editor_finds_nothing_wrong_with_a_good_spec(server: LanguageServer) -> None:
    found = server.problems(*(path.read_text() for path in SPECS))
    assert {path.name: problems for path, problems in zip(SPECS, found, strict=True) if problems} == {}


@pytest.mark.parametrize("slip", ["- conv: {filter: 3}", "- flaten: 3", "- dense: {units: ten}", "- flatten: flatten"])
def test_an_editor_underlines_a_slip(server: LanguageServer, slip: str) -> None:
    fine, wrong = server.problems(spec("- flatten"), spec(slip))
    assert wrong and not fine


def test_an_editor_completes_keys_kinds_arguments_and_values(server: LanguageServer) -> None:
    assert set(server.completions("cnnspec: 1\n¦\n")) >= TOP_LEVEL.keys() - {"cnnspec"}
    assert set(server.completions(spec("- ¦"))) >= LAYERS.keys() | Composite.members.keys()
    assert set(server.completions(spec("- conv: {filters: 1, k¦}"))) >= {"kernel_size", "strides", "padding", "norm"}
    assert set(server.completions(spec("- conv: {filters: 1, padding: ¦}"))) >= {"valid", "same", "causal"}
    assert set(server.completions(spec(training="{optimizer: a¦}"))) >= Optimizer.members.keys()


def test_what_an_editor_inserts_for_a_kind_that_stands_alone_is_right(server: LanguageServer) -> None:
    offered = server.completions(spec("- ¦"))
    alone = [kind for kind in offered if not complaints(spec(f"- {kind}"))]
    assert {"flatten", "batch_norm", "add"} <= set(alone)
    assert {kind: offered[kind] for kind in alone} == {kind: kind for kind in alone}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (spec("- fl¦atten"), "All numbers of an example in one row"),
        (spec("- co¦nv: {filters: 3, kernel_size: 3}"), "kernels over the input"),
        (spec("- conv: {fil¦ters: 3, kernel_size: 3}"), "How many kernels"),
        (spec(training="{optimizer: ad¦am}"), "Kingma"),
        (spec().replace("inputs", "in¦puts"), "without the batch axis"),
    ],
)
def test_an_editor_tells_what_a_word_means(server: LanguageServer, text: str, told: str) -> None:
    assert told in server.hover(text)
