"""Files of weights from strangers: what is not as Keras writes it is refused, and no code in them runs."""

import io
import pickle
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnspec.source.diagnostic import Rejected
from cnnspec.weights.store import opened


def model() -> Any:
    """One dense layer with a name."""
    return keras.Sequential([keras.Input((3,), name="x"), keras.layers.Dense(2, name="head.dense1")])


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as Keras writes it."""
    path = tmp_path_factory.mktemp("good") / "good.weights.h5"
    model().save_weights(path)
    return path


def read(path: Path) -> dict[str, list[tuple[int, ...]]]:
    """The shapes in a file, its numbers read as well."""
    with opened(path) as store:
        return {name: [each.read().shape for each in held] for name, held in store.layers.items()}


Change = Callable[[Any, Path], None]


def link_outside(file: Any, folder: Path) -> None:
    with h5py.File(folder / "secret.h5", "w") as other:
        other.create_dataset("0", data=np.ones((3, 2), "f4"))
    del file["layers/dense/vars/0"]
    file["layers/dense/vars/0"] = h5py.ExternalLink(str(folder / "secret.h5"), "0")


def soft_link(file: Any, folder: Path) -> None:
    del file["layers/dense/vars/0"]
    file["layers/dense/vars/0"] = h5py.SoftLink("/layers/dense/vars/1")


def group_link(file: Any, folder: Path) -> None:
    del file["layers/dense"]
    file["layers/dense"] = h5py.ExternalLink(str(folder / "secret.h5"), "/")


def virtual(file: Any, folder: Path) -> None:
    del file["layers/dense/vars/0"]
    layout = h5py.VirtualLayout((3, 2), "f4")
    layout[:] = h5py.VirtualSource(str(folder / "secret.h5"), "0", (3, 2))
    file.create_virtual_dataset("layers/dense/vars/0", layout)


def external(file: Any, folder: Path) -> None:
    (folder / "secret.bin").write_bytes(b"\1" * 24)
    del file["layers/dense/vars/0"]
    file.create_dataset("layers/dense/vars/0", (3, 2), "f4", external=[(str(folder / "secret.bin"), 0, 24)])


def packed(file: Any, folder: Path) -> None:
    del file["layers/dense/vars/0"]
    file.create_dataset("layers/dense/vars/0", (30_000, 30_000), "f4", chunks=(30_000, 30_000), compression="gzip")


def claimed(file: Any, folder: Path) -> None:
    del file["layers/dense/vars/0"]
    file.create_dataset("layers/dense/vars/0", (10**9, 10**6), "f4")


def texts(file: Any, folder: Path) -> None:
    del file["layers/dense/vars/0"]
    file.create_dataset("layers/dense/vars/0", data=["a", "b"], dtype=h5py.string_dtype())


def references(file: Any, folder: Path) -> None:
    del file["layers/dense/vars/0"]
    file.create_dataset("layers/dense/vars/0", data=[file.ref], dtype=h5py.ref_dtype)


def compound(file: Any, folder: Path) -> None:
    del file["layers/dense/vars/0"]
    file.create_dataset("layers/dense/vars/0", (3,), np.dtype([("a", "f4"), ("b", "f4")]))


def not_a_number(file: Any, folder: Path) -> None:
    file["layers/dense/vars/0"][0, 0] = np.nan


def nameless(file: Any, folder: Path) -> None:
    del file["layers/dense/vars"].attrs["name"]


def named_by_numbers(file: Any, folder: Path) -> None:
    file["layers/dense/vars"].attrs["name"] = np.arange(5)


def twice(file: Any, folder: Path) -> None:
    file.copy("layers/dense", "layers/dense_1")


def with_a_gap(file: Any, folder: Path) -> None:
    file.move("layers/dense/vars/1", "layers/dense/vars/2")


def no_layers(file: Any, folder: Path) -> None:
    del file["layers"]


def group_for_a_weight(file: Any, folder: Path) -> None:
    del file["layers/dense/vars/0"]
    file.create_group("layers/dense/vars/0")


def loop(file: Any, folder: Path) -> None:
    file["layers/again"] = file["layers"]


ODD = {
    link_outside: "has a link for 0",
    soft_link: "has a link for 0",
    group_link: "has a link for dense",
    virtual: "packed, or lie elsewhere",
    external: "packed, or lie elsewhere",
    packed: "packed, or lie elsewhere",
    claimed: "has shape (1000000000, 1000000) and not as many numbers",
    texts: "has objects for a weight of head.dense1",
    references: "has objects for a weight of head.dense1",
    compound: "for a weight of head.dense1, no numbers",
    not_a_number: "holds NaN or infinite values",
    nameless: "has no name for layers/dense",
    named_by_numbers: "has many names for layers/dense",
    twice: "has two layers called head.dense1",
    with_a_gap: "has layers/dense/vars with 0, 2",
    no_layers: "has nothing for layers",
    group_for_a_weight: "has no numbers for a weight of head.dense1",
    loop: "has layers/again without vars",
}


@pytest.mark.parametrize("change", ODD, ids=lambda change: change.__name__)
def test_what_keras_never_writes_is_refused(change: Change, good: Path, tmp_path: Path) -> None:
    """Links, data elsewhere, packed or claimed, other types, names that are none."""
    path = tmp_path / "odd.weights.h5"
    path.write_bytes(good.read_bytes())
    with h5py.File(path, "r+") as file:
        change(file, tmp_path)
    with pytest.raises(Rejected) as refused:
        read(path)
    (found,) = refused.value.diagnostics
    assert found.code == "bad-model" and found.message.startswith(str(path))
    assert ODD[change] in found.message


def archive(**members: bytes) -> bytes:
    """A zip archive with these members."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return held.getvalue()


class Evil:
    """Runs code where it is unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str, ...]]:
        return print, ("unpickled",)


FILES = {
    "empty.keras": b"",
    "text.weights.h5": b"not weights at all",
    "pickled.keras": pickle.dumps(Evil()),
    "pickled.weights.h5": pickle.dumps(Evil()),
    "no-member.keras": archive(**{"config.json": b"{}"}),
    "text-inside.keras": archive(**{"model.weights.h5": b"text"}),
    "pickle-inside.keras": archive(**{"model.weights.h5": pickle.dumps(Evil())}),
}


@pytest.mark.parametrize("name", FILES)
def test_another_format_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the ending promises; nothing is unpickled."""
    (tmp_path / name).write_bytes(FILES[name])
    with pytest.raises(Rejected, match="is damaged, or another format"):
        read(tmp_path / name)
    assert capsys.readouterr().out == ""


def test_an_archive_that_grows_without_end_is_refused(tmp_path: Path) -> None:
    """A gigabyte of zeros in a megabyte, without taking memory for it."""
    path = tmp_path / "bomb.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file, file.open("model.weights.h5", "w") as member:
        for _ in range(256):
            member.write(bytes(2**20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Rejected, match="unpack to more than 67,108,864 bytes"):
        read(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_code_in_a_model_never_runs(tmp_path: Path) -> None:
    """The configuration of a .keras is not looked at: what it would do on loading it does not do."""
    path = tmp_path / "evil.keras"
    keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x), keras.layers.Dense(2, name="d")]).save(path)
    with zipfile.ZipFile(path) as file:
        held = {name: file.read(name) for name in file.namelist()}
    path.write_bytes(archive(**{**held, "config.json": b"import os; nonsense"}))
    assert read(path) == {"d": [(3, 2), (2,)]}


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_is_refused_or_harmless(data: st.DataObject, good: Path, tmp_path: Path) -> None:
    """Bytes changed or cut off anywhere: a message, or numbers, and never another exception."""
    content = bytearray(good.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.weights.h5"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))])
    try:
        read(path)
    except Rejected as refused:
        assert {found.code for found in refused.diagnostics} == {"bad-model"}
