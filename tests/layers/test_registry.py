"""The kinds of layers are known before their files are imported, and they are those that the files declare."""

import importlib
import subprocess
import sys

from cnnspec.layers import FAMILIES, LAYERS, Layer
from tests.support.places import ENVIRONMENT, PACKAGE


def test_names_and_order_are_those_of_the_classes() -> None:
    modules = [f"cnnspec.layers.{name}" for name in FAMILIES]
    for module in modules:
        importlib.import_module(module)
    declared = {kind: member for kind, member in Layer.members.items() if member.__module__ in modules}
    assert dict(LAYERS) == declared
    assert list(LAYERS) == sorted(declared, key=lambda kind: modules.index(declared[kind].__module__))


def test_every_file_that_declares_layers_is_a_family() -> None:
    files = {path.stem for path in (PACKAGE / "layers").glob("*.py") if ' kind="' in path.read_text(encoding="utf-8")}
    assert files - set(FAMILIES) == {"initializer", "split"}, "initializers are no layers, and nobody writes a split"


def test_to_know_the_kinds_imports_none_of_them() -> None:
    program = "import sys; from cnnspec.layers import FAMILIES, LAYERS; len(LAYERS), 'conv' in LAYERS, list(LAYERS); "
    program += "print([name for name in FAMILIES if f'cnnspec.layers.{name}' in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=ENVIRONMENT)
    assert done.stdout == "[]\n"
