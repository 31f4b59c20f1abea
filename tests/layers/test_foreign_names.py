"""Other frameworks' words lead to ours, and every word that they lead to exists."""

import inspect
import re

import keras
import pytest

from cnnspec.layers import LAYERS, foreign_names
from cnnspec.layers.activation import Nonlinearity
from cnnspec.layers.foreign_names import foreign_argument
from cnnspec.layers.instead import instead
from tests.support.layers_oracle import class_names

TORCH = {
    "nn.Conv2d": "conv",
    "torch.nn.Conv1d": "conv",
    "ConvTranspose2d": "conv_transpose",
    "nn.Linear": "dense",
    "Linear": "dense",
    "BatchNorm2d": "batch_norm",
    "LayerNorm": "layer_norm",
    "GroupNorm": "group_norm",
    "MaxPool2d": "max_pool",
    "AvgPool3d": "avg_pool",
    "Dropout2d": "spatial_dropout",
    "ZeroPad2d": "zero_pad",
    "Upsample": "up_sample",
    "nn.ReLU": "relu",
    "nn.GELU": "gelu",
    "nn.Hardswish": "hard_swish",
    "nn.LogSoftmax": "log_softmax",
}


def foreign_layer(word: str) -> str | None:
    """What is said of a word that is no layer."""
    found = instead("layer", word)
    return found.help if found else None


@pytest.mark.parametrize("kind", LAYERS)
def test_every_keras_class_leads_to_its_layer(kind: str) -> None:
    """`Conv2D`, `MaxPooling2D`, `BatchNormalization`: where spelling alone does not, the help names the layer."""
    for name in class_names(kind):
        help = foreign_layer(name)
        if help is None:
            assert name.lower() == kind.replace("_", "")
        else:
            assert re.match(rf"write {kind}\b", help), (name, help)


@pytest.mark.parametrize(("word", "ours"), TORCH.items())
def test_torch_words_lead_to_ours(word: str, ours: str) -> None:
    """Modules by their full name or the class alone."""
    help = foreign_layer(word)
    folded = word.rsplit(".", 1)[-1].lower()
    assert (help is None and folded == ours.replace("_", "")) or re.search(rf"\b{ours}\b", help or ""), help


def test_layers_that_only_sound_alike_get_a_sentence() -> None:
    """An adaptive pool, an instance norm or a Sequential has no layer of the same name."""
    for word in ("nn.AdaptiveAvgPool2d", "AdaptiveMaxPool1d", "InstanceNorm2d", "nn.Sequential", "Lambda"):
        assert foreign_layer(word), word
    assert foreign_layer("snake") is None


@pytest.mark.parametrize(
    ("kind", "word", "ours"),
    [
        ("conv", "stride", "strides"),
        ("conv", "out_channels", "filters"),
        ("conv", "kernel", "kernel_size"),
        ("conv", "dilation", "dilation_rate"),
        ("conv", "bias", "use_bias"),
        ("dense", "out_features", "units"),
        ("dropout", "p", "rate"),
        ("batch_norm", "eps", "epsilon"),
        ("max_pool", "kernel_size", "pool_size"),
        ("embedding", "num_embeddings", "input_dim"),
        ("up_sample", "scale_factor", "size"),
    ],
)
def test_argument_words_lead_to_ours(kind: str, word: str, ours: str) -> None:
    """The right one is an argument of that layer."""
    assert foreign_argument(kind, word) == f"write {ours}"
    assert ours in LAYERS[kind].model_fields


def test_channels_of_the_input_need_no_word() -> None:
    """in_channels and the like are left out."""
    for kind, word in (("conv", "in_channels"), ("dense", "in_features"), ("batch_norm", "num_features")):
        assert "leave it out" in (foreign_argument(kind, word) or "")


def test_the_foreign_names_lead_only_to_what_exists() -> None:
    """Every `write x` is an argument of that layer; no known word is called foreign."""
    kinds = {**LAYERS, **Nonlinearity.members}
    for (kind, word), ours in foreign_names._ARGUMENTS.items():
        assert ours in kinds[kind].model_fields, (kind, word)
    for kind, word in (*foreign_names._ARGUMENTS, *foreign_names._ARGUMENT_SENTENCES):
        assert word not in kinds[kind].model_fields, (kind, word)


def test_left_out_arguments_of_keras_are_explained() -> None:
    """data_format, dtype and constraints are not part of the language, and the help says so."""
    for name in inspect.signature(keras.layers.Conv2D).parameters:
        if name in ("data_format", "kernel_constraint", "bias_constraint"):
            assert foreign_argument("conv", name), name
