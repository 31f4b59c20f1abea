"""The composites by name, each expanded by its own file."""

from cnnspec.graph.parallel import parallel
from cnnspec.graph.residual import residual
from cnnspec.graph.reuse import reuse
from cnnspec.graph.walk import Handler

HANDLERS: dict[str, Handler] = {"residual": residual, "parallel": parallel, "reuse": reuse}
