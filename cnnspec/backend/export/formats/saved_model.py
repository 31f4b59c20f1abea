"""TensorFlow's folder for servers; what it tells of itself lies where TensorFlow leaves room for such."""

from pathlib import Path

from cnnspec.backend.export.network import Network
from cnnspec.backend.export.standalone import ABOUT


def write(network: Network, path: Path) -> tuple[str, ...]:
    """Keras writes it, with the signatures `serve` and `serving_default`."""
    network.save(str(path))
    extra = path / "assets.extra"
    extra.mkdir()
    (extra / ABOUT).write_text(network.about, encoding="utf-8")
    return ()
