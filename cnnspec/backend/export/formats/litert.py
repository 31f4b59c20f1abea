"""LiteRT's file, once called TensorFlow Lite's; what it tells of itself is an archive at its end, as labels are."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.lite.python.convert_phase import ConverterError

from cnnspec.backend.data.splits import Array
from cnnspec.backend.export.archived import entry
from cnnspec.backend.export.lacking import REFUSALS, lacking
from cnnspec.backend.export.network import Network, quietly
from cnnspec.backend.export.standalone import ABOUT
from cnnspec.results.exported import Format, Precision

_OPERATIONS = re.compile(r"\btf\.([A-Z]\w+)")
_HALF = "weights are kept in half precision, and computed with in single precision"
_WHOLE = "computed in whole numbers of 8 bits; what goes in and comes out stays float32"


def write(network: Network, path: Path) -> tuple[str, ...]:
    """TensorFlow's converter writes it, of LiteRT's own operations alone; loops over steps are laid out."""
    with network.saved(unrolled=True) as folder:
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=["serving_default"])
        _quantize(converter, network)
        try:
            with quietly():
                content = converter.convert()
        except (ConverterError, *REFUSALS) as error:
            words = str(error)
            raise lacking(network, Format.litert, set(_OPERATIONS.findall(words)), _last_line(words)) from None
    path.write_bytes(content)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(entry(ABOUT), network.about.encode())
    told = {Precision.float16: _HALF, Precision.int8: _WHOLE}
    return (*network.notes, *([told[network.precision]] if network.precision in told else []))


def _quantize(converter: Any, network: Network) -> None:
    if network.precision is Precision.float32:
        return
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if network.precision is Precision.float16:
        converter.target_spec.supported_types = [tf.float16]
        return
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.representative_dataset = lambda: _by_signature(network)


def _by_signature(network: Network) -> Iterator[tuple[str, dict[str, Array]]]:
    return (("serving_default", example) for example in network.calibration())


def _last_line(words: str) -> str:
    return next((line.strip() for line in reversed(words.splitlines()) if line.strip()), "cannot be converted")[:200]
