"""How the bundled architectures stand beside keras.applications: figures, layers, multiply-adds, outputs.

Run: python -m benchmarks.zoo RESULTS.jsonl [SPEC ...]      one process a network; what is in RESULTS.jsonl is kept
     python -m benchmarks.zoo RESULTS.jsonl --write FILE    put the table of all results between FILE's two marks

Each network of Keras gets weights at random, negative scales of its normalisations among them, which are then carried
over in the order of the layers. Both read the same pixels, 0 to 255, Keras' behind its `preprocess_input`. The other
networks are held against published figures, and against TensorFlow's profiler. All takes about an hour on two cores.
"""

import importlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

NETWORKS = {
    # spec -> class of keras.applications, module of its preprocess_input (none where the network has it), layers
    "convnext@tiny": ("ConvNeXtTiny", None, 135),
    "convnext@small": ("ConvNeXtSmall", None, 261),
    "convnext@base": ("ConvNeXtBase", None, 261),
    "convnext@large": ("ConvNeXtLarge", None, 261),
    "convnext@xlarge": ("ConvNeXtXLarge", None, 261),
    "densenet@121": ("DenseNet121", "densenet", 429),
    "densenet@169": ("DenseNet169", "densenet", 597),
    "densenet@201": ("DenseNet201", "densenet", 709),
    "efficientnet@b0": ("EfficientNetB0", None, 240),
    "efficientnet@b1": ("EfficientNetB1", None, 342),
    "efficientnet@b2": ("EfficientNetB2", None, 342),
    "efficientnet@b3": ("EfficientNetB3", None, 387),
    "efficientnet@b4": ("EfficientNetB4", None, 477),
    "efficientnet@b5": ("EfficientNetB5", None, 579),
    "efficientnet@b6": ("EfficientNetB6", None, 669),
    "efficientnet@b7": ("EfficientNetB7", None, 816),
    "efficientnet-v2@b0": ("EfficientNetV2B0", None, 273),
    "efficientnet-v2@b1": ("EfficientNetV2B1", None, 337),
    "efficientnet-v2@b2": ("EfficientNetV2B2", None, 352),
    "efficientnet-v2@b3": ("EfficientNetV2B3", None, 412),
    "efficientnet-v2@s": ("EfficientNetV2S", None, 516),
    "efficientnet-v2@m": ("EfficientNetV2M", None, 743),
    "efficientnet-v2@l": ("EfficientNetV2L", None, 1031),
    "inception-resnet-v2": ("InceptionResNetV2", "inception_resnet_v2", 782),
    "inception-v3": ("InceptionV3", "inception_v3", 313),
    "mobilenet@1.0": ("MobileNet", "mobilenet", 91),
    "mobilenet-v2@1.0": ("MobileNetV2", "mobilenet_v2", 156),
    "mobilenet-v3@large": ("MobileNetV3Large", None, 194),
    "mobilenet-v3@small": ("MobileNetV3Small", None, 164),
    "nasnet@large": ("NASNetLarge", "nasnet", 1041),
    "nasnet@mobile": ("NASNetMobile", "nasnet", 771),
    "resnet-keras@50": ("ResNet50", "resnet", 177),
    "resnet-keras@101": ("ResNet101", "resnet", 347),
    "resnet-keras@152": ("ResNet152", "resnet", 517),
    "resnet-v2@50": ("ResNet50V2", "resnet_v2", 192),
    "resnet-v2@101": ("ResNet101V2", "resnet_v2", 379),
    "resnet-v2@152": ("ResNet152V2", "resnet_v2", 566),
    "vgg@16": ("VGG16", "vgg16", 23),
    "vgg@19": ("VGG19", "vgg19", 26),
    "xception": ("Xception", "xception", 134),
}
PUBLISHED = {
    # spec -> where its figures stand, trainable parameters, multiply-adds in G (none where they are not comparable)
    "alexnet": ("torchvision", 61_100_840, 0.714),
    "densenet@161": ("torchvision", 28_681_000, 7.728),
    "efficientnet-lite@lite0": ("its weights", 4_652_008, 0.385),
    "googlenet": ("torchvision", 6_624_904, 1.498),
    "mnasnet": ("torchvision", 4_383_312, 0.314),
    "regnet@x-400mf": ("torchvision", 5_495_976, 0.414),
    "regnet@y-400mf": ("torchvision", 4_344_144, 0.402),
    "resnet@18": ("torchvision", 11_689_512, 1.814),
    "resnet@34": ("torchvision", 21_797_672, 3.664),
    "resnet@50": ("torchvision", 25_557_032, None),
    "resnet@101": ("torchvision", 44_549_160, None),
    "resnet@152": ("torchvision", 60_192_808, None),
    "resnext@50-32x4d": ("torchvision", 25_028_904, 4.230),
    "resnext@101-32x8d": ("torchvision", 88_791_336, 16.414),
    "resnext@101-64x4d": ("torchvision", 83_455_272, 15.460),
    "squeezenet@1.0": ("torchvision", 1_248_424, 0.819),
    "squeezenet@1.1": ("torchvision", 1_235_496, 0.349),
    "vgg@11": ("torchvision", 132_863_336, 7.609),
    "vgg@13": ("torchvision", 133_047_848, 11.308),
    "vgg@11-bn": ("torchvision", 132_868_840, 7.609),
    "vgg@13-bn": ("torchvision", 133_053_736, 11.308),
    "vgg@16-bn": ("torchvision", 138_365_992, 15.470),
    "vgg@19-bn": ("torchvision", 143_678_248, 19.632),
    "wide-resnet@50-2": ("torchvision", 68_883_240, 11.398),
    "wide-resnet@101-2": ("torchvision", 126_886_696, 22.753),
}
SECONDS = 1800
MARKS = ("<!-- made by benchmarks/zoo.py -->\n", "<!-- end -->\n")


def main(words: Sequence[str]) -> None:
    results, *specs = words
    if specs[:1] == ["--one"]:
        print(json.dumps(measured(specs[1]) if specs[1] in NETWORKS else counted(specs[1])))
    elif specs[:1] == ["--write"]:
        write(Path(specs[1]), read(Path(results)))
    else:
        have = read(Path(results))
        for spec in specs or [*NETWORKS, *PUBLISHED]:
            if spec not in have:
                measure(spec, Path(results))


def measure(spec: str, results: Path) -> None:
    """In a process of its own, whose memory is free afterwards."""
    command = [sys.executable, "-m", "benchmarks.zoo", str(results), "--one", spec]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        print(f"{spec}: {error}\n{(error.stderr or '')[-2000:]}", file=sys.stderr)
        return
    with results.open("a") as file:
        file.write(done.stdout.splitlines()[-1] + "\n")
    print(done.stdout.splitlines()[-1], flush=True)


def read(results: Path) -> dict[str, dict[str, Any]]:
    lines = results.read_text().splitlines() if results.exists() else []
    return {row["spec"]: row for row in map(json.loads, lines)}


def measured(spec: str) -> dict[str, Any]:
    """What is the same of a network here and in Keras, each counted on its own."""
    import keras
    import numpy as np

    import cnnspec
    from cnnspec.graph.facts import totals
    from tests.support.carried_weights import carry_weights, draw_weights, without_softmax

    name, preprocessing, layers = NETWORKS[spec]
    network = cnnspec.load(spec)
    found = totals(network.graph.nodes)
    shape = next(iter(network.graph.nodes)).output
    theirs, own = getattr(keras.applications, name)(weights=None, input_shape=shape), network.build()
    row = {
        "spec": spec,
        "keras": name,
        "params": [found.params, theirs.count_params()],
        "trainable": [found.trainable_params, sum(int(np.prod(weight.shape)) for weight in theirs.trainable_weights)],
        "layers": [layers, len(theirs.layers)],
        "kinds": differing(kinds(own), kinds(theirs)),
        "macs": [found.macs, profiled(own if has_groups(theirs) else theirs, shape)],
    }
    for model in (theirs, own):
        without_softmax(model)
    draw_weights(theirs, seed=1)
    row["weighted"] = carry_weights(theirs, own)
    pixels = np.random.default_rng(2).uniform(0, 255, (1, *shape)).astype("float32")
    module = preprocessing and importlib.import_module(f"keras.applications.{preprocessing}")
    expected = theirs.predict(module.preprocess_input(pixels.copy()) if module else pixels, verbose=0)
    difference = np.abs(own.predict(pixels, verbose=0) - expected).max()
    return {**row, "spread": float(expected.std()), "difference": float(difference / expected.std())}


def counted(spec: str) -> dict[str, Any]:
    """A network that Keras has not: its figures beside those published, and the profiler's of what is built."""
    import cnnspec
    from cnnspec.graph.facts import totals

    source, trainable, macs = PUBLISHED[spec]
    network = cnnspec.load(spec)
    found, model = totals(network.graph.nodes), network.build()
    row = {"spec": spec, "source": source, "params": [found.params, model.count_params()], "published": macs}
    shape = next(iter(network.graph.nodes)).output
    profile = found.macs if has_groups(model) else profiled(model, shape)
    return {**row, "trainable": [found.trainable_params, trainable], "macs": [found.macs, profile]}


def write(file: Path, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Put the table between the marks of a file."""
    before, _, rest = file.read_text().partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    columns = ("spec", "equals", "parameters", "trainable", "layers", "multiply-adds", "outputs differ by")
    lines = [columns, ("---", "---", "---:", "---:", "---", "---:", "---:")]
    lines += [_line(rows[spec]) for spec in (*NETWORKS, *PUBLISHED) if spec in rows]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    file.write_text(before + MARKS[0] + "\n" + table + "\n" + MARKS[1] + after)


def _line(row: Mapping[str, Any]) -> tuple[str, ...]:
    macs, profiler = row["macs"]
    said = _both(row["macs"]) if abs(macs - profiler) > 0.01 * profiler else f"{macs:,}"
    figures = (_both(row["params"]), _both(row["trainable"]))
    if "keras" not in row:
        published = row["published"] is None or round(macs / 1e9, 3) == row["published"]
        return (
            f"`{row['spec']}`",
            row["source"],
            *figures,
            "",
            said if published else f"{said} ≠ {row['published']} G",
            "",
        )
    kinds = "".join(f", {kind} {_both(counts)}" for kind, counts in row["kinds"].items())
    layers = f"{_both(row['layers'])}, {row['weighted']} with weights{kinds}"
    return (
        f"`{row['spec']}`",
        f"`{row['keras']}`",
        *figures,
        layers,
        said,
        f"{row['difference']:.0e}" if row["difference"] else "0",
    )


def _both(pair: Sequence[int]) -> str:
    """A figure once where both have it."""
    one, other = pair
    return f"{one:,}" if one == other else f"{one:,} ≠ {other:,}"


def profiled(model: Any, shape: Sequence[int]) -> int:
    """Multiply-adds of convolutions and matrix products, half of the operations that TensorFlow's profiler counts."""
    import tensorflow as tf
    from tensorflow.python.profiler import model_analyzer, option_builder

    graph = tf.function(lambda pixels: model(pixels, training=False))
    graph = graph.get_concrete_function(tf.TensorSpec((1, *shape))).graph
    options = option_builder.ProfileOptionBuilder(option_builder.ProfileOptionBuilder.float_operation())
    options = options.with_empty_output().with_accounted_types(
        ["Conv2D", "DepthwiseConv2dNative", "MatMul", "BatchMatMulV2"]
    )
    counted = model_analyzer.profile(graph, cmd="op", options=options.build())
    return int(counted.total_float_ops // 2)


def has_groups(model: Any) -> bool:
    """Whether it has convolutions in groups, which Keras has compiled apart, where the profiler does not count."""
    return any(getattr(layer, "groups", 1) > 1 for layer in model.layers)


_KINDS: Mapping[str, str] = {
    "AveragePooling2D": "average pool",
    "BatchNormalization": "normalisation",
    "LayerNormalization": "normalisation",
    "MaxPooling2D": "max pool",
    "GlobalAveragePooling2D": "global pool",
    "Conv2D": "dense",
    "Dense": "dense",
    "Concatenate": "concatenation",
    "Add": "sum",
    "CustomScaleLayer": "sum",
    "LayerScale": "product",
    "Multiply": "product",
    "DepthwiseConv2D": "depthwise",
    "SeparableConv2D": "separable",
}
"""Kinds that both have, of Keras' classes. A 1x1 convolution and a dense layer are one."""


def kinds(model: Any) -> Counter[str]:
    """How many layers there are of each kind that both have, nested sequences taken apart."""
    return Counter(kind for layer in model.operations for part in parts(layer) if (kind := kind_of(part)))


def parts(layer: Any) -> Sequence[Any]:
    import keras

    return layer.layers if isinstance(layer, keras.Sequential) else [layer]


def kind_of(layer: Any) -> str:
    """A sum or product is one of two tensors; a convolution of as many groups as filters is a depthwise one."""
    name = type(layer).__name__
    if name in ("Add", "Multiply"):
        return _KINDS[name] if len(layer._inbound_nodes[0].input_tensors) > 1 else ""
    return "depthwise" if getattr(layer, "groups", 1) == getattr(layer, "filters", 0) > 1 else _KINDS.get(name, "")


def differing(own: Counter[str], theirs: Counter[str]) -> dict[str, list[int]]:
    return {kind: [own[kind], theirs[kind]] for kind in sorted({*own, *theirs}) if own[kind] != theirs[kind]}


if __name__ == "__main__":
    main(sys.argv[1:])
