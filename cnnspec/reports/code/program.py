"""The whole program: what it imports, a function for each block, the model, and what it does when it is run."""

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
from cnnspec.source.values import plain

_WIDTH = 80


def keras_code(spec: Spec, graph: Graph) -> str:
    """A Python file that defines `build_model`, and prints the model's summary when it is run."""
    writer = Writer(spec, graph)
    statements, scope = writer.model()
    outputs = {name: scope.variables[position] for name, position in graph.outputs.items()}
    given = {name: scope.variables[position] for name, position in graph.inputs.items()}
    made = Call(
        Name("keras.Model"), (_ends(given, len(given) > 1), _ends(outputs, graph.named_outputs)), (_named(spec.name),)
    )
    whole: tuple[Statement, ...] = (*statements, Return(made))
    taken = writer.taken | writer.reserved
    body = named(whole, (), writer.taken_in_model)
    parts = [_function(each, spec, taken) for each in writer.functions.values()]
    given_values = tuple((name, (value,)) for name, value in writer.arguments.values.items())
    parts.append(_defined("build_model", given_values, _about(spec, writer.arguments.fixed), body))
    text = "\n\n\n".join(parts)
    head = "\n".join([f'"""{_said(spec)}"""', "", *_imports(text)])
    return f'{head}\n\n\n{text}\n\n\nif __name__ == "__main__":\n    build_model().summary()\n'


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


def _imports(text: str) -> list[str]:
    rooms = [room for room in ("initializers", "layers", "ops", "regularizers") if f"{room}." in text]
    return ["import keras", *([f"from keras import {', '.join(rooms)}"] if rooms else [])]


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
