"""What a network is trained for, as Keras says it: the losses and metrics of its heads."""

from typing import Any

from cnnspec.graph.heads import Head, learnt_heads
from cnnspec.graph.nodes import Graph
from cnnspec.language.figures import names_of
from cnnspec.language.losses import Loss
from cnnspec.language.metrics import Metric
from cnnspec.language.spec import Spec
from cnnspec.language.training import Training
from cnnspec.reports.code.calls import keywords
from cnnspec.reports.code.loading import loading
from cnnspec.reports.code.syntax import (
    Call,
    Expression,
    Keyword,
    Listed,
    Literal,
    Mapped,
    Name,
)

_FITTED = frozenset({"accuracy", "acc", "crossentropy", "ce"})
_PLAIN = frozenset(
    {"SparseCategoricalCrossentropy", "CategoricalCrossentropy", "BinaryCrossentropy", "MeanSquaredError"}
    | {"MeanAbsoluteError", "Huber", "Poisson"}
)


class Objectives:
    """Losses and metrics by head, and whether labels have to be rows for them."""

    def __init__(self, spec: Spec, graph: Graph, training: Training) -> None:
        self.spec, self.graph, self.training = spec, graph, training
        self.heads = learnt_heads(graph)
        self.seed = "SEED" if training.seed is not None else "0"
        self.loading = loading(spec.data, graph, self.heads, self.seed)
        self.rows = self._rows()
        self.left_out = list(self.loading.left_out)
        self.functions = list(self.loading.functions)
        self.imports = {each for each in self.loading.imports if each}

    def by_output(self, of: Any) -> Expression:
        """One head's, or those of all heads by the outputs' names."""
        if not self.graph.named_outputs:
            found: Expression = of(self.heads[0])
            return found
        return Mapped(tuple((head.name, of(head)) for head in self.heads))

    def _rows(self) -> bool:
        """Whether class numbers have to be rows: for smoothed labels, and for metrics that compare rows."""
        if len(self.heads) != 1 or not self._numbers(self.heads[0]):
            return False
        metrics = self.training.metrics_of(self.heads[0].name)
        return self.training.label_smoothing > 0 or any(_reads_rows(each) for each in metrics)

    def _numbers(self, head: Head) -> bool:
        """Whether labels are class numbers."""
        loss = self.training.loss_of(head.name)
        if isinstance(loss, Loss):
            return loss.compares == "numbers"
        return head.of_shares or (head.activation == "linear" and head.units > 1 and head.form == "class")

    def loss(self, head: Head) -> Expression:
        """The loss of a head: a word where that is all of it."""
        loss = self.training.loss_of(head.name)
        smoothing = self.training.label_smoothing
        if isinstance(loss, Loss):
            written = dict(loss.written())
            stock = loss.stock
        else:
            stock, written = self._auto(head)
        if self.rows and stock == "SparseCategoricalCrossentropy":
            stock = "CategoricalCrossentropy"
        if smoothing and stock.endswith("Crossentropy") and not stock.startswith("Sparse"):
            written["label_smoothing"] = float(smoothing)
        if not written:
            return Literal(_snake(stock)) if stock in _PLAIN else Call(Name(f"keras.losses.{stock}"))
        return Call(Name(f"keras.losses.{stock}"), (), keywords(written))

    def _auto(self, head: Head) -> tuple[str, dict[str, Any]]:
        """What `auto` comes to, as far as the network tells; the labels that are loaded here are of this form."""
        if head.of_shares:
            return "SparseCategoricalCrossentropy", {}
        if head.of_chances:
            return "BinaryCrossentropy", {}
        if (
            head.activation == "linear"
            and head.units > 1
            and self.spec.data is not None
            and self.spec.data.source != "table"
        ):
            return "SparseCategoricalCrossentropy", {"from_logits": True}
        return "MeanSquaredError", {}

    def metrics(self, head: Head) -> Expression:
        """The metrics of a head."""
        listed = self.training.metrics_of(head.name)
        items = [self._metric(metric, name, head) for metric, name in zip(listed, names_of(listed), strict=True)]
        return Listed(tuple(items))

    def _metric(self, metric: Metric, name: str, head: Head) -> Expression:
        written = {key: value for key, value in metric.written().items() if key != "name"}
        if metric.kind in _FITTED and not written and name == metric.kind:
            return Literal(name)
        if head.function and metric.kind not in _FITTED:
            self.left_out.append(f"{metric.kind} reads logits, and not the probabilities made of them")
        if metric.stock in ("FBetaScore", "F1Score") and head.form == "labels":
            written.setdefault("threshold", 0.5)
        return Call(Name(f"keras.metrics.{metric.stock}"), (), (*keywords(written), Keyword("name", Literal(name))))


def _snake(name: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name)[1:]


def _reads_rows(metric: Metric) -> bool:
    return not (metric.takes_numbers or metric.kind in _FITTED)
