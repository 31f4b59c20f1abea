"""The known architectures: equal to keras.applications and torchvision, in figures and in what they compute."""

import re
from collections.abc import Callable, Mapping, Sequence
from math import erf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras.src.applications import convnext, densenet, efficientnet_v2, mobilenet_v2, mobilenet_v3, resnet, resnet_v2

import cnnspec
from cnnspec.analysis import analyse
from cnnspec.graph.facts import totals
from cnnspec.language.bundled_variants import bundled_variants
from cnnspec.layers.norm import BatchNorm
from cnnspec.layers.shape import Shape
from tests.support.carried_weights import carry_weights, draw_weights, weighted_layers, without_softmax
from tests.support.often import one_in
from tests.support.places import DOCS, SPECS

KERAS = {
    # Parameters and trainable parameters of Keras 3.15's applications with default arguments and weights=None.
    "convnext@tiny": (28_589_128, 28_589_128),
    "convnext@small": (50_223_688, 50_223_688),
    "convnext@base": (88_591_464, 88_591_464),
    "convnext@large": (197_767_336, 197_767_336),
    "convnext@xlarge": (350_196_968, 350_196_968),
    "densenet@121": (8_062_504, 7_978_856),
    "densenet@169": (14_307_880, 14_149_480),
    "densenet@201": (20_242_984, 20_013_928),
    "efficientnet@b0": (5_330_571, 5_288_548),
    "efficientnet@b1": (7_856_239, 7_794_184),
    "efficientnet@b2": (9_177_569, 9_109_994),
    "efficientnet@b3": (12_320_535, 12_233_232),
    "efficientnet@b4": (19_466_823, 19_341_616),
    "efficientnet@b5": (30_562_527, 30_389_784),
    "efficientnet@b6": (43_265_143, 43_040_704),
    "efficientnet@b7": (66_658_687, 66_347_960),
    "efficientnet-v2@b0": (7_200_312, 7_139_704),
    "efficientnet-v2@b1": (8_212_124, 8_141_052),
    "efficientnet-v2@b2": (10_178_374, 10_096_086),
    "efficientnet-v2@b3": (14_467_622, 14_358_406),
    "efficientnet-v2@s": (21_612_360, 21_458_488),
    "efficientnet-v2@m": (54_431_388, 54_139_356),
    "efficientnet-v2@l": (119_027_848, 118_515_272),
    "inception-resnet-v2": (55_873_736, 55_813_192),
    "inception-v3": (23_851_784, 23_817_352),
    "mobilenet@1.0": (4_253_864, 4_231_976),
    "mobilenet-v2@1.0": (3_538_984, 3_504_872),
    "mobilenet-v3@small": (2_554_968, 2_542_856),
    "mobilenet-v3@large": (5_507_432, 5_483_032),
    "nasnet@mobile": (5_326_716, 5_289_978),
    "nasnet@large": (88_949_818, 88_753_150),
    "resnet-keras@50": (25_636_712, 25_583_592),
    "resnet-keras@101": (44_707_176, 44_601_832),
    "resnet-keras@152": (60_419_944, 60_268_520),
    "resnet-v2@50": (25_613_800, 25_568_360),
    "resnet-v2@101": (44_675_560, 44_577_896),
    "resnet-v2@152": (60_380_648, 60_236_904),
    "vgg@16": (138_357_544, 138_357_544),
    "vgg@19": (143_667_240, 143_667_240),
    "xception": (22_910_480, 22_855_952),
}
PUBLISHED = {
    # Trainable parameters, and multiply-adds in millions as rounded, of torchvision 0.29; of what weights came with
    # (EfficientNet-Lite); of the papers (SE-ResNet; ViT and Mixer, to the last digit as timm has them).
    "alexnet": (61_100_840, 714),
    "convnext@tiny": (28_589_128, 4456),
    "densenet@121": (7_978_856, 2834),
    "densenet@161": (28_681_000, 7728),
    "efficientnet@b0": (5_288_548, 386),
    "efficientnet-lite@lite0": (4_652_008, 385),
    "googlenet": (6_624_904, 1498),
    "mnasnet": (4_383_312, 314),
    "mobilenet-v2@1.0": (3_504_872, 301),
    "regnet@x-400mf": (5_495_976, 414),
    "regnet@y-400mf": (4_344_144, 402),
    "resnet@18": (11_689_512, 1814),
    "resnet@34": (21_797_672, 3664),
    "resnext@50-32x4d": (25_028_904, 4230),
    "resnext@101-32x8d": (88_791_336, 16_414),
    "resnext@101-64x4d": (83_455_272, 15_460),
    "se-resnet@50": (28_088_024, 4092),
    "mlp-mixer@s-16": (18_528_264, 3777),
    "mlp-mixer@b-16": (59_880_472, 12_602),
    "squeezenet@1.0": (1_248_424, 819),
    "squeezenet@1.1": (1_235_496, 349),
    "vgg@11": (132_863_336, 7609),
    "vgg@13": (133_047_848, 11_308),
    "vgg@16": (138_357_544, 15_470),
    "vgg@19": (143_667_240, 19_632),
    "vgg@11-bn": (132_868_840, 7609),
    "vgg@13-bn": (133_053_736, 11_308),
    "vgg@16-bn": (138_365_992, 15_470),
    "vgg@19-bn": (143_678_248, 19_632),
    "vit@tiny": (5_717_416, 1254),
    "vit@small": (22_050_664, 4599),
    "vit@base": (86_567_656, 17_564),
    "wide-resnet@50-2": (68_883_240, 11_398),
    "wide-resnet@101-2": (126_886_696, 22_753),
}
PAPERS = {
    # All parameters: of Ronneberger et al. 2015 with one band and two classes, Koch et al. 2015, Zhang et al. 2015;
    # Keras' example of a bidirectional LSTM (its 2,757,761); Kim 2014.
    "unet": 31_030_658,
    "siamese": 38_951_745,
    "charcnn@small": 11_339_780,
    "lstm-text": 20_000 * 128 + 2 * 4 * 64 * (128 + 64 + 1) * 2 + 129,
    "kim-multichannel": 2 * 20_000 * 300 + 100 * 300 * (3 + 4 + 5) + 300 + 2 * 300 + 2,
}
PICTURES = tuple(dict.fromkeys(spec.partition("@")[0] for spec in (*KERAS, *PUBLISHED)))
OF_PATCHES = ("mlp-mixer", "vit")
"""Their features are a vector for each patch, in a row."""
ZOO = (*PICTURES, *dict.fromkeys(spec.partition("@")[0] for spec in PAPERS), "googlenet-auxiliary", "resnet-1d", "tcn")


def output_of(spec: str, settings: dict[str, object]) -> Shape:
    """The shape of a network's only output."""
    graph = cnnspec.load(spec, settings).graph
    (output,) = graph.outputs.values()
    return graph.nodes[output].output


@pytest.mark.parametrize(("spec", "params"), PAPERS.items())
def test_parameters_are_those_that_papers_give_or_their_tables_add_up_to(spec: str, params: int) -> None:
    assert totals(cnnspec.load(spec).graph.nodes).params == params


@pytest.mark.parametrize("spec", ZOO)
def test_every_variant_says_what_is_to_be_expected_of_it(spec: str) -> None:
    """All of them hold, as `test_specs` validates each variant."""
    expect = analyse(spec).spec.root.get("expect")
    assert set(bundled_variants(spec)) <= set(expect.keys())


@pytest.mark.parametrize("spec", PICTURES)
def test_a_network_without_its_head_takes_other_pictures_and_gives_features(spec: str) -> None:
    assert len(output_of(spec, {"vars.top": False})) == (2 if spec in OF_PATCHES else 3)
    assert output_of(spec, {"vars.size": 96, "vars.classes": 7}) == (7,)


@pytest.mark.parametrize("spec", ZOO)
def test_a_header_says_what_a_network_equals_and_what_may_be_set(spec: str) -> None:
    header = (SPECS / f"{spec}.yaml").read_text().partition("\ncnnspec: 1")[0]
    assert "\n# equals: " in header and "\n# variables: " in header


def test_turning_colours_around_keeps_what_a_place_sees() -> None:
    """Two 3x3 windows and a pool of 2 see 6 pixels a side."""
    assert cnnspec.load("vgg").summary().stages[1].field == (6, 6)


PAGE = (DOCS / "zoo.md").read_text()
ROWS = re.findall(r"(?m)^\| `([\w.@-]+)` \| \S+(?: \S+)? \| ([\d,]+) \| ([\d,]+) \| [^|]*\| ([\d,]+) \|", PAGE)
FIGURES = {row[0]: tuple(int(figure.replace(",", "")) for figure in row[1:]) for row in ROWS}
"""By network, its parameters, its trainable ones and its multiply-adds, as the table says them."""


def figures_of(spec: str) -> tuple[int, ...]:
    """The same of the spec."""
    found = totals(cnnspec.load(spec).graph.nodes)
    return found.params, found.trainable_params, found.macs


def test_the_table_of_the_zoo_is_that_of_the_specs_as_they_are() -> None:
    """Every row of it, of which each says once what both sides have."""
    assert len(FIGURES) == len(re.findall(r"(?m)^\| `", PAGE))
    assert {spec: figures_of(spec) for spec in FIGURES} == FIGURES


def test_parameters_in_the_table_are_those_of_keras_applications() -> None:
    assert {spec: FIGURES[spec][:2] for spec in KERAS} == KERAS


def test_parameters_and_multiply_adds_are_those_that_were_published() -> None:
    """Of those that are in the table, there; of others, in the spec."""
    found = {spec: FIGURES.get(spec) or figures_of(spec) for spec in PUBLISHED}
    assert {spec: (trainable, round(macs / 1e6)) for spec, (_, trainable, macs) in found.items()} == PUBLISHED


@pytest.mark.parametrize(("spec", "epsilon"), [("resnet@18", 1e-3), ("vgg@11-bn", 1e-3), ("resnext@50-32x4d", 1e-5)])
def test_the_page_tells_which_batch_normalisations_keep_the_epsilon_of_keras(spec: str, epsilon: float) -> None:
    """torchvision has 0.00001 in all of these."""
    (told,) = re.findall(r"except those of `(\w+)` and `(\w+)`, which have Keras' default 0.001", PAGE)
    assert (spec.split("@")[0] in told) == (epsilon == 1e-3)
    nodes = cnnspec.load(spec).graph.nodes
    assert {node.layer.epsilon for node in nodes if isinstance(node.layer, BatchNorm)} == {epsilon}


def test_the_spec_on_the_page_of_the_zoo_works(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "birds.yaml").write_text(text)
    assert output_of(str(tmp_path / "birds.yaml"), {}) == (20,)


Model = Callable[[], Any]
SHAPE = {"weights": None, "input_shape": (64, 64, 3), "classes": 10}


def small_resnet(stack: Callable[..., Any], strides: Sequence[int], preact: bool) -> Any:
    """A residual network of Keras' with two blocks a stage."""

    def stages(pixels: Any) -> Any:
        for number, stride in enumerate(strides):
            pixels = stack(pixels, 64 * 2**number, 2, stride1=stride, name=f"stage{number}")
        return pixels

    return resnet.ResNet(stages, preact, True, weights_name="small", **SHAPE)


SMALL: Mapping[str, tuple[Mapping[str, object], Model, Any]] = {
    # spec -> variables, the same of Keras, and what pixels go through before that
    "convnext": (
        {"depths": [1, 1, 2, 1], "filters": [8, 16, 24, 32]},
        lambda: convnext.ConvNeXt([1, 1, 2, 1], [8, 16, 24, 32], name="small", **SHAPE),
        None,
    ),
    "densenet": ({"depths": [2, 1, 1, 1]}, lambda: densenet.DenseNet([2, 1, 1, 1], **SHAPE), densenet),
    "efficientnet-v2@b0": (
        {"width": 0.35, "depth": 0.2},
        lambda: efficientnet_v2.EfficientNetV2(0.35, 0.2, 64, name="efficientnetv2-b0", **SHAPE),
        None,
    ),
    "mobilenet-v2@0.35": ({}, lambda: mobilenet_v2.MobileNetV2(alpha=0.35, **SHAPE), mobilenet_v2),
    "mobilenet-v3@small": ({}, lambda: mobilenet_v3.MobileNetV3Small(**SHAPE), None),
    "resnet-keras": (
        {"depths": [2, 2, 2, 2]},
        lambda: small_resnet(resnet.stack_residual_blocks_v1, (1, 2, 2, 2), preact=False),
        resnet,
    ),
    "resnet-v2": (
        {"depths": [2, 2, 2, 2]},
        lambda: small_resnet(resnet.stack_residual_blocks_v2, (2, 2, 2, 1), preact=True),
        resnet_v2,
    ),
}


@pytest.mark.parametrize("spec", one_in(2, list(SMALL)))
def test_logits_are_those_of_keras_once_weights_are_carried_over(spec: str) -> None:
    """Pixels go in as they are, and through Keras' own preprocessing there; differences as shares of the spread."""
    variables, model, module = SMALL[spec]
    settings = {f"vars.{name}": value for name, value in {"size": 64, "classes": 10, **variables}.items()}
    theirs, own = without_softmax(model()), without_softmax(cnnspec.load(spec, settings).build())
    draw_weights(theirs, seed=1)
    assert carry_weights(theirs, own) > 10
    pixels = np.random.default_rng(2).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    scaled = module.preprocess_input(pixels.copy()) if module else pixels
    expected = np.asarray(theirs(scaled, training=False))
    spread = expected.std()
    assert spread > 0.05
    np.testing.assert_allclose(own(pixels, training=False) / spread, expected / spread, rtol=0, atol=1e-5)


def normalised(steps: np.ndarray, scale: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Layer normalisation, as ViT has it."""
    mean, variance = steps.mean(-1, keepdims=True), steps.var(-1, keepdims=True)
    return (steps - mean) / np.sqrt(variance + 1e-6) * scale + offset


def attended(steps: np.ndarray, weights: Sequence[np.ndarray]) -> np.ndarray:
    """Attention over all steps, by each head for itself: softmax of the products of queries and keys, times values."""
    *read, kernel, bias = weights
    pairs = zip(read[::2], read[1::2], strict=True)
    query, key, value = (np.einsum("btc,chd->bhtd", steps, each) + more[:, None] for each, more in pairs)
    scores = np.exp(np.einsum("bhtd,bhsd->bhts", query, key) / np.sqrt(query.shape[-1]))
    mixed = np.einsum("bhts,bhsd->bhtd", scores / scores.sum(-1, keepdims=True), value)
    return np.einsum("bhtd,hdc->btc", mixed, kernel) + bias


def test_a_vision_transformer_computes_what_its_paper_says() -> None:
    """In numpy, of Dosovitskiy et al. 2021, equations 1 to 4, with two blocks over four patches."""
    network = cnnspec.load("vit@tiny", {"vars.size": 32, "vars.depth": 2, "vars.classes": 5})
    model = without_softmax(network.build())
    draw_weights(model, seed=1)
    weights = iter([layer.get_weights() for layer in weighted_layers(model)])
    pixels = np.random.default_rng(2).uniform(0, 255, (2, 32, 32, 3)).astype("float32")
    patches = (pixels / 127.5 - 1).reshape(2, 2, 16, 2, 16, 3).transpose(0, 1, 3, 2, 4, 5).reshape(2, 4, -1)
    kernel, bias = next(weights)
    steps = patches @ kernel.reshape(-1, 192) + bias
    ((token,), (places,)) = next(weights), next(weights)
    steps = np.concatenate([np.broadcast_to(token, (2, 1, 192)), steps], axis=1) + places
    for _ in range(2):
        steps = steps + attended(normalised(steps, *next(weights)), next(weights))
        inside, (wide, offset), (narrow, after) = normalised(steps, *next(weights)), next(weights), next(weights)
        inside = inside @ wide + offset
        steps = steps + inside * (1 + np.vectorize(erf)(inside / np.sqrt(2))) / 2 @ narrow + after
    normed = normalised(steps, *next(weights))[:, 0]
    kernel, bias = next(weights)
    np.testing.assert_allclose(model(pixels, training=False), normed @ kernel + bias, rtol=0, atol=1e-4)
