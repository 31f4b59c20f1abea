"""Learning rates over time as Keras' schedules, of which those that it has not are classes of the program."""

from typing import Any

from cnnspec.language.schedules import Constant, Cosine, Exponential, OneCycle, Step
from cnnspec.reports.code.loading_functions import ONE_CYCLE, WARM_UP
from cnnspec.reports.code.syntax import Call, Expression, Keyword, Listed, Literal, Name
from cnnspec.source.frozen import frozen

_BEGINNING = 0.3
_SCHEDULES = "keras.optimizers.schedules"


@frozen
class Rate:
    """A learning rate: a number or a schedule, None for the optimizer's own, and what the program needs for it."""

    value: Expression | None
    needs_steps: bool = False
    functions: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


def rate_of(rate: Any, epochs: str, count: int) -> Rate:
    """The rate of a training of so many epochs, which are called `epochs` in the program."""
    if rate is None:
        return Rate(None)
    if isinstance(rate, OneCycle):
        return _one_cycle(rate, epochs, count)
    if isinstance(rate, Cosine):
        return Rate(_cosine(rate, epochs), True)
    if not isinstance(rate, Constant | Step | Exponential):
        return Rate(Literal(float(rate)))
    if not rate.warmup:
        return Rate(_fall(rate), not isinstance(rate, Constant))
    if isinstance(rate, Constant):
        given = (Literal(0.0), Name(_steps(rate.warmup)), Literal(rate.rate))
        return Rate(Call(Name(f"{_SCHEDULES}.PolynomialDecay"), given), True)
    call = Call(Name("WarmUp"), (Literal(rate.peak), Name(_steps(rate.warmup)), _fall(rate)))
    return Rate(call, True, (WARM_UP,), ("from keras import ops",))


def _steps(epochs: float) -> str:
    return "steps" if epochs == 1 else f"{_number(epochs)} * steps"


def _number(value: float) -> str:
    return repr(int(value)) if float(value).is_integer() else repr(value)


def _cosine(rate: Cosine, epochs: str) -> Expression:
    whole = epochs if not rate.warmup else f"({epochs} - {_number(rate.warmup)})"
    length = _number(rate.epochs) if rate.epochs is not None else whole
    more = [Keyword("alpha", Literal(rate.final / rate.peak))] if rate.final else []
    first: float = rate.peak
    if rate.warmup:
        first = 0.0
        more += [Keyword("warmup_target", Literal(rate.peak)), Keyword("warmup_steps", Name(_steps(rate.warmup)))]
    return Call(Name(f"{_SCHEDULES}.CosineDecay"), (Literal(first), Name(f"{length} * steps")), tuple(more))


def _fall(rate: Constant | Step | Exponential) -> Expression:
    if isinstance(rate, Constant):
        return Literal(rate.rate)
    if isinstance(rate, Step) and rate.at is not None:
        moments = tuple(Name(f"{_number(each - rate.warmup)} * steps - 1") for each in rate.at)
        values = [rate.peak * rate.factor**falls for falls in range(len(rate.at) + 1)]
        return Call(Name(f"{_SCHEDULES}.PiecewiseConstantDecay"), (Listed(moments), Literal(values)))
    every = rate.every if rate.every is not None else 1
    staircase = isinstance(rate, Step) or rate.staircase
    more = (Keyword("staircase", Literal(staircase), (False,)),)
    given = (Literal(rate.peak), Name(_steps(every)), Literal(rate.factor))
    return Call(Name(f"{_SCHEDULES}.ExponentialDecay"), given, more)


def _one_cycle(rate: OneCycle, epochs: str, count: int) -> Rate:
    rise = _BEGINNING * count if rate.rise is None else rate.rise
    start = rate.peak / 25 if rate.start is None else rate.start
    final = start / 10_000 if rate.final is None else rate.final
    given = (Literal(start), Literal(rate.peak), Literal(final), Name(_steps(rise)), Name(f"{epochs} * steps"))
    return Rate(Call(Name("OneCycle"), given), True, (ONE_CYCLE,), ("from keras import ops", "import math"))
