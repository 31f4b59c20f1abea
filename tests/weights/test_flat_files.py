"""Lists of tensors from strangers: what lies is refused within bounded memory, and nothing of a file is run."""

import io
import pickle
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnspec.results.transfer import Start
from cnnspec.source.diagnostic import Rejected
from cnnspec.weights.source import named
from cnnspec.weights.store import opened
from tests.support.weight_files import safetensors, with_header

ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def read(path: Path) -> dict[str, list[np.ndarray]]:
    """All numbers of a file."""
    with opened(path) as store:
        return {name: [each.read() for each in held] for name, held in store.layers.items()}


def npz(path: Path, **members: bytes) -> Path:
    """A zip archive with these members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return path


def npy(array: Any, **options: Any) -> bytes:
    """An array as NumPy saves it."""
    held = io.BytesIO()
    np.save(held, array, **options)
    return held.getvalue()


def claiming(shape: str) -> bytes:
    """An array of two numbers whose header says another shape."""
    before = npy(np.zeros(2, "f4"))
    return before.replace(b"(2,)", shape.encode()).replace(b" " * (len(shape) - 4) + b"\n", b"\n")


LIES: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty.safetensors": (lambda path: path.write_bytes(b""), "claim a header"),
    "short.safetensors": (lambda path: with_header(path, {}, b"", 10**18), "claim a header of 1,000,000,000,000"),
    "text.safetensors": (lambda path: with_header(path, b"{nonsense", b""), "its header is no JSON"),
    "deep.safetensors": (lambda path: with_header(path, b"[" * 100_000, b""), "its header is no JSON"),
    "list.safetensors": (lambda path: with_header(path, [1, 2], b""), "its header is no map"),
    "half.safetensors": (lambda path: with_header(path, {"a.weight": ENTRY}, b"1234"), "not as many bytes"),
    "large.safetensors": (
        lambda path: with_header(path, {"a.weight": {**ENTRY, "shape": [10**9, 10**9]}}, b"12345678"),
        "not as many bytes",
    ),
    "negative.safetensors": (
        lambda path: with_header(path, {"a.weight": {**ENTRY, "data_offsets": [-8, 0]}}, b"12345678"),
        "nothing that can be read of a.weight",
    ),
    "twice.safetensors": (
        lambda path: with_header(path, {"a.weight": ENTRY, "b.weight": ENTRY}, b"12345678"),
        "two of its tensors lie in one place",
    ),
    "twin.safetensors": (
        lambda path: with_header(path, b'{"a.weight": {}, "a.weight": {}}', b"12345678"),
        "its header has two of a.weight",
    ),
    "type.safetensors": (
        lambda path: with_header(path, {"a.weight": {**ENTRY, "dtype": "OBJECT"}}, b"12345678"),
        "nothing that can be read of a.weight",
    ),
    "nan.safetensors": (lambda path: safetensors(path, {"a.weight": np.full(2, np.nan)}), "holds NaN"),
    "text.npz": (lambda path: path.write_bytes(b"PK nonsense"), "no whole zip archive"),
    "pickled.npz": (lambda path: npz(path, a=npy(np.array([print], object), allow_pickle=True)), "objects for a"),
    "strings.npz": (lambda path: npz(path, a=npy(np.array(["a"]))), "for a, no numbers"),
    "large.npz": (lambda path: npz(path, a=claiming("(2, 1000000000)")), "not as many bytes"),
    "text-inside.npz": (lambda path: npz(path, a=b"text"), "a is no array of NumPy's"),
    "bomb.npz": (lambda path: npz(path, a=bytes(2**28)), "its arrays unpack to 268,435,456 bytes"),
}


@pytest.mark.parametrize("name", LIES)
def test_what_lies_is_refused(name: str, tmp_path: Path) -> None:
    """What a header claims is held against the file before anything is read."""
    write, said = LIES[name]
    write(tmp_path / name)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Rejected) as refused:
        read(tmp_path / name)
    (found,) = refused.value.diagnostics
    assert found.code == "bad-model" and said in found.message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_more_tensors_than_any_network_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before one of them is made."""
    monkeypatch.setattr("cnnspec.weights.safetensors.MOST_TENSORS", 1000)
    header = {f"{number}.bias": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for number in range(1001)}
    with pytest.raises(Rejected, match="more than 1,000 tensors"):
        read(with_header(tmp_path / "many.safetensors", header, b""))


@pytest.mark.parametrize("form", [".safetensors", ".npz"])
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_is_refused_or_harmless(form: str, data: st.DataObject, tmp_path: Path) -> None:
    """Bytes changed or cut off anywhere: a message, or numbers, and never another exception."""
    path, tensors = tmp_path / f"damaged{form}", {"a.weight": np.ones((2, 3), "f4"), "a.bias": np.ones(2, "f4")}
    np.savez_compressed(path, **tensors) if form == ".npz" else safetensors(path, tensors)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))])
    try:
        read(path)
    except Rejected as refused:
        assert {found.code for found in refused.diagnostics} == {"bad-model"}


@pytest.mark.parametrize("name", ["net.pt", "net.pth", "net.pkl", "pytorch_model.bin"])
def test_a_pickle_is_never_read(name: str, tmp_path: Path) -> None:
    """It is refused with the line that turns it into safetensors beside it, which is a program that Python reads."""
    (tmp_path / name).write_bytes(pickle.dumps({"weight": 1}))
    with pytest.raises(Rejected) as refused:
        named(Start(tmp_path / name))
    (found,) = refused.value.diagnostics
    assert found.code == "bad-model" and "it is a pickle, which may run code" in found.help
    line = found.help.partition('python -c "')[2].removesuffix('"')
    compile(line, "line", "exec")
    assert f"save_file(torch.load('{tmp_path / name}'" in line
    assert f"'{(tmp_path / name).with_suffix('.safetensors')}'" in line


def test_numbers_are_those_that_numpy_wrote(tmp_path: Path) -> None:
    """In every type, columns first and big endian among them; 16 bits of bfloat16 as float32."""
    random = np.random.default_rng(0)
    arrays = {
        "a.weight": np.asfortranarray(random.normal(size=(3, 4)).astype("f8")),
        "b.weight": random.normal(size=3).astype(">f4"),
        "c.weight": random.integers(0, 9, 5),
    }
    np.savez(tmp_path / "some.npz", **arrays)
    for name, (found,) in read(tmp_path / "some.npz").items():
        assert np.array_equal(found, arrays[f"{name}.weight"].astype("f4" if name != "c" else "i8"))
    numbers = random.normal(size=(2, 2)).astype("<f4")
    header = {"a.weight": {"dtype": "BF16", "shape": [2, 2], "data_offsets": [0, 8]}}
    halves = (numbers.view("<u4") >> 16).astype("<u2")
    (found,) = read(with_header(tmp_path / "brain.safetensors", header, halves.tobytes()))["a"]
    assert np.array_equal(found, (halves.astype("<u4") << 16).view("<f4")) and np.allclose(found, numbers, rtol=1e-2)
