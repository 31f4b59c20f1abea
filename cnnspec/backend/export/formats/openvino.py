"""OpenVINO's two files, a graph and its weights; what it tells of itself is among the graph's runtime information."""

import errno
import re
from pathlib import Path

import openvino

from cnnspec.backend.export.lacking import REFUSALS, lacking
from cnnspec.backend.export.network import Network, quietly
from cnnspec.backend.export.standalone import KEY
from cnnspec.results.exported import Format

_OPERATIONS = re.compile(r"No conversion rule found for operations: (.*)")


def write(network: Network, path: Path) -> tuple[str, ...]:
    """OpenVINO's converter reads TensorFlow's function; loops over steps are laid out."""
    with network.saved(unrolled=True) as folder, quietly():
        try:
            model = openvino.convert_model(folder)
        except REFUSALS as error:
            words = str(error)
            listed = _OPERATIONS.search(words)
            operations = re.findall(r"\w+", listed[1]) if listed else []
            raise lacking(network, Format.openvino, operations, words.strip().splitlines()[0][:200]) from None
    for key in list(model.rt_info):
        del model.rt_info[key]
    for number, operation in enumerate(model.get_ordered_ops()):
        if operation.get_type_name() != "Parameter":  # the others are numbered on and on, from network to network
            operation.set_friendly_name(f"{operation.get_type_name()}_{number}")
    model.set_rt_info(network.about, [KEY])
    try:
        openvino.serialize(model, str(path))
    except RuntimeError as error:  # it does not say why
        raise OSError(errno.EIO, "OpenVINO could not write all of it") from error
    return network.notes
