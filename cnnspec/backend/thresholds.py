"""Choose what the probabilities of a run's outputs have to reach, and keep it in the run."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from cnnspec.backend.data.given import Given
from cnnspec.backend.model.load_model import load_model
from cnnspec.backend.objective.output_reading import Answer, answers
from cnnspec.backend.scores.judging import judge, own_data, read_answers, split_of
from cnnspec.backend.scores.thresholds import chosen_threshold, given_threshold, takes_threshold
from cnnspec.graph.locate import placed
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.results.thresholds import Threshold
from cnnspec.runs.folder import RunFolder, writable
from cnnspec.runs.recorded import read_classes, read_data_folder
from cnnspec.runs.thresholds import write_thresholds
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE

_SPLIT = "validation"


def keep_thresholds(
    folder: RunFolder,
    spec: Spec,
    graph: Graph,
    value: float | None = None,
    *,
    data_root: Path | None = None,
    changed_data: bool = False,
    given: Given | None = None,
) -> tuple[Threshold, ...]:
    """Keep the threshold of each output that takes one: the `value`, or what is best on the validation split.

    Raises Rejected where there is none, or no such split, or where the run is packed; RunFailed where it cannot be
    written.
    """
    writable(folder)
    known = read_classes(folder, tuple(graph.outputs))
    read = answers(graph, known)
    if not (taking := _taking(read)):
        raise _nothing(folder, read)
    if value is not None:
        found = tuple(given_threshold(each, value) for each in taking)
    else:
        beside = replace(spec, folder=data_root or read_data_folder(folder))
        with placed(beside, graph):
            found = _chosen(folder, beside, graph, changed_data, given)
    write_thresholds(folder, found)
    return found


def _taking(read: Iterable[Answer]) -> tuple[Answer, ...]:
    return tuple(each for each in read if takes_threshold(each))


def _nothing(folder: RunFolder, read: Iterable[Answer]) -> Rejected:
    if any(each.form != "values" and each.probable and len(each.head.shape) > 1 for each in read):
        received = f"{folder.shown} answers at each of many places, and a threshold is for one answer an example"
        help = (
            f"compare the probabilities of places with a number of your own: cnnspec.open_run({folder.shown!r})"
            ".predict(...).array has them in Python; how far they are to be believed evaluate tells without --threshold"
        )
        return rejected("no-threshold", received, "an output of classes or labels of whole examples", help, at=NOWHERE)
    received = f"{folder.shown} has no output that gives each example the probability of classes or labels"
    return rejected("no-threshold", received, "one that ends in softmax or sigmoid", at=NOWHERE)


def _chosen(folder: RunFolder, spec: Spec, graph: Graph, changed: bool, given: Given | None) -> tuple[Threshold, ...]:
    job = own_data(folder, spec, graph, changed, given)
    if job.dataset.validation is None:
        received = f"the data of {folder.name} has no validation split to choose a threshold on"
        help = "train with validation_split, or give a number: --threshold 0.5"
        raise rejected("no-split", received, "a validation split", help, at=NOWHERE)
    examples, read = split_of(job, folder, _SPLIT), _taking(read_answers(job, folder))
    _, said = judge(load_model(folder, spec, graph), job, examples, read)
    if lost := sum(said[each.output].lost for each in read):
        received = f"{lost:,} predictions of the validation split are not finite"
        raise rejected("no-threshold", received, "numbers", "train again, with a smaller learning rate", at=NOWHERE)
    return tuple(chosen_threshold(each, examples.labels[each.output], said[each.output], _SPLIT) for each in read)
