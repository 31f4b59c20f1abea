"""Optimizers: what a step makes of a weight, in general and with the numbers of the spec."""

from collections.abc import Iterator

from cnnspec.language.optimizers import Optimizer
from cnnspec.layers.formulas.filling import filled_all
from cnnspec.layers.formulas.reading import read_formula
from cnnspec.layers.symbol import Symbol
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Formula, Paragraph, Section


def optimizer_sections(network: Network) -> Iterator[Section]:
    """The step of the training's optimizer; nothing of one whose formula is not told."""
    optimizer = network.spec.training.optimizer if network.spec.training is not None else None
    if optimizer is None or not optimizer.formula:
        return
    said = Paragraph("Of each weight w, at each step k, by its gradient g:")
    general = read_formula(optimizer.formula)
    mine = filled_all(general, step_symbols(optimizer))
    yield Section("what a step does", (said, Formula("in general", general), Formula("with its numbers", mine)))


def step_symbols(optimizer: Optimizer) -> dict[str, Symbol]:
    """Its numbers by their names; a rate that a schedule gives keeps its name."""
    held = {name: getattr(optimizer, name) for name in type(optimizer).model_fields}
    return {name: Symbol(value if value is not None else 0) for name, value in held.items() if _is_number(value)}


def _is_number(value: object) -> bool:
    return value is None or isinstance(value, (int, float))
