"""The whole program: what it imports, a function for each block, the model, and what it does when it is run."""

import importlib
import re
from textwrap import fill

from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.layers import LAYERS
from cnnspec.layers.phrase import written_argument
from cnnspec.reports.code.brackets import called, laid_out
from cnnspec.reports.code.function import Function
from cnnspec.reports.code.model_function import Writer
from cnnspec.reports.code.python_text import lines, literal
from cnnspec.reports.code.syntax import (
    Call,
    Expression,
    Keyword,
    Line,
    Literal,
    Mapped,
    Name,
    Ref,
    Return,
    Statement,
    Variable,
)
from cnnspec.reports.code.variables import named
from cnnspec.reports.safe import shown
from cnnspec.source.diagnostic import rejected
from cnnspec.source.frozen import frozen
from cnnspec.source.route import FILE
from cnnspec.source.values import plain

_WIDTH = 80


@frozen
class KerasCode:
    """The program, and what of the spec's training it leaves out."""

    text: str
    left_out: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text


def keras_code(spec: Spec, graph: Graph, training: bool = False) -> KerasCode:
    """A Python file that defines `build_model`, and prints the model's summary when it is run.

    With `training` it then trains the model with Keras' compile and fit; raises Rejected where the spec has no data, or
    no training.
    """
    if training:
        _check_sections(spec)
    parts = _model_parts(spec, graph)
    if not training:
        return KerasCode(_file(spec, parts, (), "build_model().summary()"))
    fit = importlib.import_module("cnnspec.reports.code.fitting").fitting(spec, graph)
    constants = "\n".join(laid_out((f"{name} = ", *literal(value)), 0) for name, value in fit.constants)
    load = (*fit.load.statements, *([Line(fit.load.returns)] if fit.load.returns else []))
    parts = [
        constants,
        *parts,
        *fit.functions,
        _defined("load_data", (), "Load the splits, each as inputs and labels.", load),
        _defined("train", (("model", ()),), "Train a model as the spec says.", fit.statements),
    ]
    seeded = "keras.utils.set_random_seed(SEED)\n    " if "SEED" in dict(fit.constants) else ""
    ending = f"{seeded}model = build_model()\n    model.summary()\n    train(model)"
    return KerasCode(_file(spec, parts, fit.imports, ending), fit.left_out)


def _check_sections(spec: Spec) -> None:
    sections = {"data": spec.data, "training": spec.training}
    for name, section in sections.items():
        if section is None:
            received, expected = f"{spec.file} has no {name}", f"a {name} section to write down"
            raise rejected("no-section", received, expected, "leave --training out, or write one", at=FILE)


def _file(spec: Spec, parts: list[str], imports: tuple[str, ...], ending: str) -> str:
    constants, *functions = parts if parts[0][:1].isupper() else ("", *parts)
    text = "\n\n\n".join(functions)
    head = "\n".join([f'"""{_said(spec)}"""', "", *_imports(text, imports), *(["", constants] if constants else [])])
    return f'{head}\n\n\n{text}\n\n\nif __name__ == "__main__":\n    {ending}\n'


def _model_parts(spec: Spec, graph: Graph) -> list[str]:
    """The functions that build the model."""
    writer = Writer(spec, graph)
    statements, scope = writer.model()
    outputs = {name: scope.variables[position] for name, position in graph.outputs.items()}
    given = {name: scope.variables[position] for name, position in graph.inputs.items()}
    made = Call(
        Name("keras.Model"), (_ends(given, len(given) > 1), _ends(outputs, graph.named_outputs)), (_named(spec.name),)
    )
    whole: tuple[Statement, ...] = (*statements, Return(made))
    body = named(whole, (), writer.taken_in_model)
    parts = [_function(each, spec, writer.taken | writer.reserved) for each in writer.functions.values()]
    given_values = tuple((name, (value,)) for name, value in writer.arguments.values.items())
    return [*parts, _defined("build_model", given_values, _about(spec, writer.arguments.fixed), body)]


def _ends(tensors: dict[str, Variable], by_name: bool) -> Expression:
    refs = tuple((name, Ref(variable)) for name, variable in tensors.items())
    return Mapped(refs) if by_name else refs[0][1]


def _named(name: str) -> Keyword:
    return Keyword("name", Literal(name))


def _said(spec: Spec) -> str:
    return f"{_harmless(spec.shown)}, in Keras alone; written by cnnspec code."


def _about(spec: Spec, fixed: tuple[str, ...]) -> str:
    """What the model's function says of itself, and the values of variables that change more than numbers."""
    values = [f"{name}: {written_argument(plain(value))}" for name in fixed if (value := spec.variables.find(name))]
    if not values:
        return "Build the model, untrained."
    return "\n\n".join(("Build the model, untrained.", fill(f"The layers are those of {', '.join(values)}.", _WIDTH)))


def _harmless(text: str) -> str:
    return shown(text).replace("\\", "/").replace('"', "'")


_STANDARD = ("csv", "gzip", "math")


def _imports(text: str, more: tuple[str, ...]) -> list[str]:
    """The imports: Python's own, then the others, modules before names from modules."""
    rooms = [room for room in ("initializers", "layers", "ops", "regularizers") if _uses(text, room)]
    lines = {"import keras", *(each for each in more if not each.startswith("from keras "))}
    lines |= {f"from keras import {', '.join(rooms)}"} if rooms else set()
    own = sorted(line for line in lines if line.split()[1] in _STANDARD)
    others = sorted((line for line in lines if line not in own), key=lambda line: (line.startswith("from"), line))
    return [*own, *([""] if own else []), *others]


def _uses(text: str, room: str) -> bool:
    """Whether a module of Keras is named as it is imported, and not behind a dot or in quotes."""
    return re.search(rf"(?<![\w.\"'])-?{room}\.\w", text) is not None


def _of_function(function: Function, spec: Spec) -> str:
    """What a function says of itself: of a kind of layer, what the layer is."""
    layer = LAYERS.get(function.about)
    if function.about in spec.blocks or layer is None:
        return f"Apply the block {function.about}."
    return (layer.__doc__ or "").split("\n")[0]


def _function(function: Function, spec: Spec, taken: set[str]) -> str:
    parameters: list[tuple[str, tuple[object, ...]]] = [(each.name, ()) for each in function.reads]
    parameters += [(name, each.default) for name, each in function.parameters.items()]
    body = named(function.statements, function.reads, {*taken, *function.parameters})
    return _defined(function.name, (*parameters, ("*", ()), ("name", ())), _of_function(function, spec), body)


def _defined(
    name: str, parameters: tuple[tuple[str, tuple[object, ...]], ...], about: str, body: tuple[Statement, ...]
) -> str:
    said = tuple((word, *(("=", *literal(default[0])) if default else ())) for word, default in parameters)
    head = laid_out((f"def {name}", called(said), ":"), 0)
    return "\n".join([head, *_docstring(about), *lines(body, 4)])


def _docstring(about: str) -> list[str]:
    """Inside a function; the quotes of one with several lines stand alone at its end."""
    first, *more = map(_harmless, about.split("\n"))
    if not more:
        return [f'    """{first}"""']
    return [f'    """{first}', *(f"    {line}".rstrip() for line in more), '    """']
