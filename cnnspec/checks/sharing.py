"""What cannot be shared over several devices: refused before processes are started for it, and by each of them."""

from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.source.diagnostic import Diagnostic, Rejected
from cnnspec.source.values import follow


def refuse_sharing(spec: Spec, graph: Graph, count: int, named: str) -> None:
    """Raise Rejected where so many devices, in words `named`, cannot share the batches of a spec that trains."""
    training = spec.training
    if training is None or count < 2:
        return
    for each in spec.each_phase():
        if each.training is not None and count > (size := each.training.batch_size):
            message = f"batch_size {size} for {named}; expected at least {count}, an example for each"
            help = f"write batch_size: {count}, or more, or share the batches over {size} at most"
            place = follow(each.root, ("training", "batch_size")).span
            raise Rejected([Diagnostic("bad-cluster", message, place, help=help)])
    if training.xla is True:
        message = f"training.xla: true does not run over several devices yet, and here it would over {named}"
        help = "leave out xla, or write xla: auto, which takes false there, or train on one device"
        raise Rejected([Diagnostic("not-running", message, follow(spec.root, ("training", "xla")).span, help=help)])
    for node in graph.nodes:
        if node.layer is not None and node.layer.synchronizes:
            message = f"{node.kind} with synchronized: true does not run over several devices yet, here {named}"
            help = "leave synchronized out, write group_norm, which needs no other examples, or train on one device"
            raise Rejected([Diagnostic("not-running", message, node.span, help=help)])
