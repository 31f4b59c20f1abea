"""A training that starts from weights: what is taken, what is refused, and that frozen weights stay as they are."""

import json
import os
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import cnnspec
from cnnspec.backend.data.vocabulary import Vocabulary
from cnnspec.backend.model.build import build_model
from cnnspec.backend.model.faster import FASTER
from cnnspec.backend.train import plan, resume, train
from cnnspec.backend.transfer.start import start
from cnnspec.graph.nodes import Graph
from cnnspec.language.bundled import bundled_names
from cnnspec.language.features import TextOptions
from cnnspec.language.location import locate
from cnnspec.results.transfer import Start, Transfer
from cnnspec.runs.folder import RunFolder
from cnnspec.source.diagnostic import Rejected
from cnnspec.weights.source import source_of
from tests.support.often import one_in
from tests.support.small_runs import ALONE, small_spec, written_spec
from tests.support.spec_texts import read
from tests.support.transfers import FOUR, THREE, training


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of three classes."""
    folder = tmp_path_factory.mktemp("first")
    spec, graph = small_spec(folder, training(), THREE, ALONE)
    return RunFolder(Path(train(spec, graph, runs_dir=folder / "runs").run))


def weights_of(path: Path) -> dict[str, Any]:
    """The weights of a model by layer, as Keras loads them."""
    return {layer.name: layer.get_weights() for layer in keras.models.load_model(path, compile=False).layers}


def drawn_network(graph: Graph) -> Any:
    """A network whose every weight is drawn anew, scales and statistics too."""
    model = build_model(graph, "model")
    model.set_weights([np.random.default_rng(0).random(w.shape).astype(w.dtype) for w in model.get_weights()])
    return model


def begun(model: Any, graph: Graph, path: Path) -> Transfer:
    """What is told of a network that starts from a file."""
    source = source_of(cnnspec.load("digits").spec, Start(path, True))
    assert source is not None
    return start(model, graph, source, {}, {})


SPECIAL = ["autoencoder", "lstm-text", "mobilenet", "multilabel", "squeezenet", "tcn", "two-inputs"]
"""Between them they have all kinds of layers that small networks have, and several inputs and outputs."""


@pytest.mark.parametrize("name", one_in(7, bundled_names(), SPECIAL))
def test_a_network_that_starts_from_its_own_weights_has_them_all(name: str, tmp_path: Path) -> None:
    """Every bundled network, to the bit, as Keras' own load gives them; from a model and from weights alone."""
    graph = cnnspec.load(name).graph
    if sum(weight.size for node in graph.nodes for weight in node.facts.weights) > 2e7:
        pytest.skip("more than 20 million weights: 80 MB and more to write and hash, with nothing new in them")
    if sum(bool(node.facts.weights) for node in graph.nodes) > 60:
        pytest.skip("more than 60 layers with weights: many seconds to build and read, with nothing new in them")
    model, own = drawn_network(graph), build_model(graph, "small", namespace=FASTER)
    drawn = model.get_weights()
    whole, alone = tmp_path / "model.keras", tmp_path / "model.weights.h5"
    model.save(whole)
    model.save_weights(alone)
    nothing = [np.zeros_like(weight) for weight in drawn]
    for path in (whole, alone):
        own.set_weights(nothing)
        transfer = begun(own, graph, path)
        assert not transfer.unused and transfer.count("loaded") == len(transfer.weights)
        model.set_weights(nothing)
        model.load_weights(path)
        for mine, other, written in zip(own.weights, model.weights, drawn, strict=True):
            assert np.array_equal(mine, other) and np.array_equal(other, written), (path.suffix, mine.path)


def test_a_training_begins_with_the_weights_of_a_run(first: RunFolder, tmp_path: Path) -> None:
    """With a learning rate of nothing it ends with them, too; transfer.json and the plan say what was loaded."""
    nothing = training("start_from: first, optimizer: {sgd: {learning_rate: 1e-30}}, freeze: [body]")
    (tmp_path / "first").symlink_to(first.path)
    spec, graph = small_spec(tmp_path, nothing, THREE, ALONE)
    with pytest.raises(Rejected, match="lies outside"):
        train(spec, graph, runs_dir=tmp_path)
    done = train(spec, graph, runs_dir=tmp_path, start_from=Start(first.path))
    ours, theirs = weights_of(RunFolder(Path(done.run)).last), weights_of(first.best)
    assert all(np.array_equal(a, b) for name in ours for a, b in zip(ours[name], theirs[name], strict=True))
    held = json.loads((Path(done.run) / "transfer.json").read_text())
    assert [stage["loaded"]["tensors"] for stage in held["stages"]] == [10, 2]
    assert held["new"] == held["mismatched"] == held["unused"] == []


def test_another_head_is_refused_unless_told_otherwise(first: RunFolder, tmp_path: Path) -> None:
    """All misfits at once with both shapes, and what to write; then the rest is taken and the head drawn."""
    spec, graph = small_spec(tmp_path, training("freeze: [body]"), FOUR, ALONE)
    with pytest.raises(Rejected) as refused:
        plan(spec, graph, start_from=Start(first.path))
    (found,) = refused.value.diagnostics
    assert found.message == f"2 of 12 weights are not in {first.best} as this network has them"
    assert [note.text for note in found.notes] == [
        "head.dense1: kernel 16×3 in the file, 16×4 here; bias 3 in the file, 4 here"
    ]
    assert "--partial" in found.help
    done = RunFolder(Path(train(spec, graph, runs_dir=tmp_path, start_from=Start(first.path, strict=False)).run))
    ours, theirs = weights_of(done.last), weights_of(first.best)
    body = [name for name in ours if name.startswith("body")]
    assert all(np.array_equal(a, b) for name in body for a, b in zip(ours[name], theirs[name], strict=True))
    assert any(theirs[name] for name in body)
    assert [each["found"] for each in json.loads(done.transfer.read_text())["mismatched"]] == [[16, 3], [3]]


def test_a_run_that_was_killed_before_its_first_checkpoint_starts_from_the_same_weights(
    first: RunFolder, tmp_path: Path
) -> None:
    """Resumed from the start it ends with the same bits, though the current folder is another; a changed file is no
    start, and one that is gone does not matter once there is a checkpoint."""
    copy = RunFolder(tmp_path / "origin")
    shutil.copytree(first.path, copy.path)
    spec, graph = small_spec(tmp_path, training("start_from: origin, freeze: [body.second]"), THREE, ALONE)
    whole = RunFolder(Path(train(spec, graph, runs_dir=tmp_path).run))
    early, late = RunFolder(tmp_path / "early"), RunFolder(tmp_path / "late")
    shutil.copytree(whole.path, early.path)
    shutil.copytree(whole.path, late.path)
    shutil.rmtree(early.checkpoints)
    for killed, left in ((early, 0), (late, 1)):
        killed.result.unlink()
        for path in sorted(killed.checkpoints.glob("*"))[left:]:
            path.unlink()
    again(early, tmp_path)
    assert bits(early.last) == bits(whole.last) and bits(early.best) == bits(whole.best)
    shutil.rmtree(copy.path)
    again(late, tmp_path)
    assert bits(late.last) == bits(whole.last)
    shutil.rmtree(early.checkpoints)
    early.result.unlink()
    with pytest.raises(Rejected, match=r"which the run started from, is not there any more; expected .* \(sha256 "):
        again(early, tmp_path)
    shutil.copytree(first.path, copy.path)
    copy.best.write_bytes(first.last.read_bytes() + b"more")
    with pytest.raises(Rejected, match=r"from, has changed: now .* \(sha256 .*; expected .* \(sha256 ") as changed:
        again(early, tmp_path)
    assert str(copy.best) in changed.value.diagnostics[0].message


def again(folder: RunFolder, data_root: Path) -> None:
    """Resume a run."""
    resume(folder, *read(locate(str(folder.spec), print)), data_root=data_root)


def bits(path: Path) -> bytes:
    """The weights in a model's file."""
    with zipfile.ZipFile(path) as file:
        return file.read("model.weights.h5")


def test_what_would_stay_as_drawn_is_not_frozen(first: RunFolder, tmp_path: Path) -> None:
    """A frozen stage that the file does not fit would never learn anything."""
    wider = FOUR.replace("filters: 4", "filters: 5")
    spec, graph = small_spec(tmp_path, training("freeze: [body.second]"), wider)
    with pytest.raises(Rejected, match=r"has no weight for this network"):
        plan(spec, graph, start_from=Start(first.path, strict=False))
    spec, graph = small_spec(tmp_path, training("freeze: [head]"), FOUR)
    with pytest.raises(Rejected, match="frozen weights are not in") as refused:
        plan(spec, graph, start_from=Start(first.path, strict=False))
    assert refused.value.diagnostics[0].help == "take what is new in head out of freeze"


def test_nothing_is_frozen_as_it_was_drawn(first: RunFolder, tmp_path: Path) -> None:
    """Without weights to keep, a frozen stage is refused at its place; with some, or as trainable: false, it is not."""
    spec, graph = small_spec(tmp_path, training("freeze: [body]"), THREE)
    with pytest.raises(Rejected, match="freeze without anything to start from") as refused:
        plan(spec, graph)
    (found,) = refused.value.diagnostics
    assert found.code == "frozen-as-drawn" and found.span is not None and found.span.line == 12
    assert "--start-from RUN" in found.help and "trainable: false" in found.help
    assert plan(spec, graph, start_from=Start(first.path)).transfer is not None
    kept = THREE.replace("kernel_size: 3,", "kernel_size: 3, trainable: false,")
    assert kept != THREE and plan(*small_spec(tmp_path, training(), kept)).transfer is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("firts", "first"),
        ("runs/smal-1", "runs/small-1"),
        ("smal-1", "runs/small-1"),
        ("first/bets.keras", "first/best.keras"),
        ("wieghts.weights.h5", "weights.weights.h5"),
    ],
)
def test_a_start_that_is_misspelt_is_spelt(
    first: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, meant: str
) -> None:
    """Of runs and files, in the spec and to the command, as it must be written there."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(first.path, tmp_path / "first")
    (tmp_path / "runs" / "small-1").mkdir(parents=True)
    shutil.copy(first.spec, tmp_path / "runs" / "small-1")
    (tmp_path / "weights.weights.h5").write_bytes(b"")
    spec, graph = small_spec(tmp_path, training(), THREE)
    named, _ = small_spec(tmp_path, training(f"start_from: {written}"), THREE)
    for tried, given in ((spec, Start(Path(written))), (named, None)):
        with pytest.raises(Rejected) as refused:
            plan(tried, graph, start_from=given)
        assert refused.value.diagnostics[0].help.partition(";")[0] == f"write {meant}"


def test_what_cannot_be_started_from_is_named(first: RunFolder, tmp_path: Path) -> None:
    """Nothing there, no run, another ending, a run without a model: what was expected, where the spec says it."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "old.pt").write_bytes(b"")
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "spec.yaml").write_text("")
    cases = {
        "nowhere": "no-file: there is no nowhere in",
        "empty": "no-run: .*empty is no run: it has no spec.yaml",
        "old.pt": "bad-model: .*old.pt is no file of weights",
        "begun": "no-model: .*begun has neither best.keras nor last.keras",
        "x" * 300: "no-file: .* cannot be read",
        "linked": "bad-model: .*linked/best.keras is a link",
    }
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "spec.yaml").write_text("")
    (tmp_path / "linked" / "best.keras").symlink_to(first.best)
    for name, said in cases.items():
        spec, graph = small_spec(tmp_path, training(f"start_from: {name}"), THREE)
        with pytest.raises(Rejected) as refused:
            plan(spec, graph)
        (found,) = refused.value.diagnostics
        assert re.match(said, f"{found.code}: {found.message}"), found
        assert found.span is not None and found.span.line == 12, found


def test_averages_folds_and_16_bits_start_from_weights_too(first: RunFolder, tmp_path: Path) -> None:
    """Frozen weights stay to the bit beside averages of the others, in 16 bits, in a part of a cross-validation."""
    more = "freeze: [body], ema: {momentum: 0.9}, precision: mixed_bfloat16, optimizer: {adamw: {weight_decay: 0.1}}"
    spec, graph = small_spec(tmp_path, training(more), FOUR, ALONE)
    done = RunFolder(Path(train(spec, graph, runs_dir=tmp_path, fold=(1, 3), start_from=Start(first.path, False)).run))
    ours, theirs = weights_of(done.best), weights_of(first.best)
    frozen = [(a, b) for name in ours if name.startswith("body") for a, b in zip(ours[name], theirs[name], strict=True)]
    assert len(frozen) == 10 and all(np.array_equal(a, b) for a, b in frozen)


def test_a_frozen_residual_network_keeps_every_bit_while_its_new_head_learns(tmp_path: Path) -> None:
    """resnet-cifar from ten classes to three: convolutions, scales and statistics of frozen stages as they were."""
    data = ["data={source: synthetic, train: 96, validation: 32}", "vars.n=1", "training.epochs=1"]
    settings = [*data, "training.batch_size=16", "training.optimizer={sgd: 0.05}", "training.checkpoint={}"]
    base, (_, graph) = tmp_path / "base.keras", read(locate("resnet-cifar@20", print), settings=settings)
    drawn_network(graph).save(base)
    stages = ["conv1", "conv2_x", "conv3_x"]
    net = read(locate("resnet-cifar@20", print), settings=[*settings, "vars.classes=3", f"training.freeze={stages}"])
    done = RunFolder(Path(train(*net, runs_dir=tmp_path, start_from=Start(base, strict=False)).run))
    ours, theirs = weights_of(done.last), weights_of(base)
    same = {
        name.partition(".")[0]: [np.array_equal(a, b) for a, b in zip(ours[name], theirs[name], strict=True)]
        for name in ours
        if ours[name]
    }
    assert {stage: all(each) for stage, each in same.items()} == {
        **dict.fromkeys(stages, True), "conv4_x": False, "fully_connected": False
    }  # fmt: skip


def test_a_linear_probe_reads_digits_off_frozen_features(tmp_path: Path) -> None:
    """A new head alone learns ten classes far better than chance, and far better on learnt features than drawn ones."""
    base = train(*read(locate("digits", print), settings=["training.epochs=2"]), runs_dir=tmp_path)
    probe = [
        "training.epochs=1",
        "training.freeze=[conv1, conv2]",
        "training.optimizer={adam: 0.01}",
        "training.seed=9",
    ]
    net = read(locate("digits", print), settings=[*probe, "model.head.1.dropout.rate=0.0"])
    keras.utils.set_random_seed(9)
    build_model(net[1], "digits").save(tmp_path / "untaught.keras")
    drawn = train(*net, runs_dir=tmp_path, start_from=Start(tmp_path / "untaught.keras"))
    (Path(base.run) / "best.weights.h5").write_bytes(bits(RunFolder(Path(base.run)).best))
    learnt = train(*net, runs_dir=tmp_path, start_from=Start(Path(base.run)))
    assert learnt.metrics["test_accuracy"] > 0.9 > drawn.metrics["test_accuracy"] + 0.2


WORDS = """
inputs: {tokens: {shape: [6], dtype: int32}}
model:
  embed: [embedding: {input_dim: SIZE, output_dim: 4}]
  head: [global_avg_pool, dense: {units: 2, activation: softmax}]
data: {source: text_lines, train: FILE, text: {max_tokens: SIZE}}
"""


def texts(folder: Path, file: str, lines: str, size: int) -> tuple[Any, Graph]:
    """A spec of labelled sentences."""
    (folder / file).write_text(lines)
    return written_spec(folder, WORDS.replace("SIZE", str(size)).replace("FILE", file) + training())


def test_rows_of_words_are_loaded_by_word(tmp_path: Path) -> None:
    """Another vocabulary, of another size and order: each known word has its row, and how many are known is told."""
    one = texts(tmp_path, "one.txt", "good nice film\nbad poor film\n" * 5, 20)
    base = RunFolder(Path(train(*one, runs_dir=tmp_path).run))
    other = texts(tmp_path, "two.txt", "good fine book film film film\nbad dull book\n" * 5, 30)
    found = plan(*other, start_from=Start(base.path)).transfer
    assert found is not None
    (table, *rest) = found.weights
    assert (table.fate, table.known, table.words) == ("by word", 3, 6)
    assert {moved.fate for moved in rest} == {"loaded"}
    vocabulary = Vocabulary(TextOptions(), ("", "[UNK]", "film", "book", "bad", "good", "fine", "dull"), 6)
    source = source_of(other[0], Start(base.path))
    assert source is not None
    model = build_model(other[1], "small")
    drawn = model.get_layer("embed.embedding1").get_weights()[0]
    start(model, other[1], source, {"tokens": vocabulary}, {})
    mine, theirs = model.get_layer("embed.embedding1").get_weights()[0], weights_of(base.best)["embed.embedding1"][0]
    words = base.vocabulary().read_text().split("\n")
    for row, word in enumerate(vocabulary.tokens):
        expected = theirs[words.index(word)] if word in words else drawn[row]
        assert np.array_equal(mine[row], expected), word
    assert np.array_equal(mine[8:], drawn[8:])


@pytest.mark.parametrize("between", ["leaky_relu", "normalization: {mean: 0.1, variance: 2.0}", "dropout: 0.1"])
def test_rows_are_loaded_by_word_behind_what_keeps_a_number_for_each_word(tmp_path: Path, between: str) -> None:
    """The dense layer's rows are words as long as each number that it reads is a word's."""
    (tmp_path / "one.txt").write_text("good nice film\nbad poor film\n" * 5)
    (tmp_path / "two.txt").write_text("good film book\nbad book film\n" * 5)
    counts = "inputs: {{words: [7]}}\nmodel: [{0}, dense: {{units: 2, activation: softmax}}]\n"
    text = "{{max_tokens: 7, output_mode: count, pad_to_max_tokens: true}}"
    data = f"data: {{{{source: text_lines, train: {{1}}, text: {text}}}}}\n"
    one, other = (
        written_spec(tmp_path, (counts + data).format(between, file) + training()) for file in ("one.txt", "two.txt")
    )
    base = train(*one, runs_dir=tmp_path)
    found = plan(*other, start_from=Start(Path(base.run))).transfer
    assert found is not None and found.weights[0].fate == "by word"


def test_other_classes_of_the_same_number_are_told(tmp_path: Path) -> None:
    """Nothing in the shapes says that the head was another's."""
    base = train(*texts(tmp_path, "one.txt", "good nice film\nbad poor film\n" * 5, 20), runs_dir=tmp_path)
    other = texts(tmp_path, "two.txt", "funny nice film\nsad poor film\n" * 5, 20)
    found = plan(*other, start_from=Start(Path(base.run))).transfer
    assert found is not None and found.remarks == ("classes  output knew bad, good there, and learns funny, sad here",)


def test_rows_of_unknown_words_are_refused(tmp_path: Path) -> None:
    """A file of weights alone does not say which word a row is; nor can a row be taken by number."""
    one = texts(tmp_path, "one.txt", "good nice film\nbad poor film\n" * 5, 20)
    base = RunFolder(Path(train(*one, runs_dir=tmp_path).run))
    alone = tmp_path / "alone.keras"
    alone.write_bytes(base.best.read_bytes())
    with pytest.raises(Rejected) as refused:
        plan(*one, start_from=Start(alone))
    assert "the words that it was trained with are unknown" in refused.value.diagnostics[0].notes[0].text
    same = plan(*one, start_from=Start(base.best)).transfer
    assert same is not None and same.count("loaded") == 3


@pytest.mark.parametrize(("threads", "convolved"), [(2, (11, 4)), (1, (14, 7))])
def test_only_what_learns_costs_time(monkeypatch: pytest.MonkeyPatch, threads: int, convolved: tuple[int, int]) -> None:
    """Gradients go no further back than the last stage that learns: the step has fewer convolutions.

    With one thread for an operation some convolutions are done in parts, side by side.
    """
    monkeypatch.setattr(tf.config.threading, "get_intra_op_parallelism_threads", lambda: threads)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    free, frozen = (
        convolutions(cnnspec.load("digits", {"training.freeze": names}).graph) for names in ([], ["conv1", "conv2"])
    )
    assert (free, frozen) == convolved


def convolutions(graph: Graph) -> int:
    """Convolutions forward and back in a step of training, as TensorFlow runs it."""
    model = build_model(graph, "digits", namespace=FASTER)

    @tf.function
    def step(pictures: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(pictures, training=True))
        return [tf.reduce_sum(each) for each in tape.gradient(loss, model.trainable_variables)]

    function = step.get_concrete_function(tf.zeros((2, 8, 8, 1)))
    reached, waiting = set(), [output.op for output in function.outputs]
    while waiting:
        op = waiting.pop()
        if op.name not in reached:
            reached.add(op.name)
            waiting += [each.op for each in op.inputs]
    return sum(function.graph.get_operation_by_name(name).type.startswith("Conv2D") for name in reached)
