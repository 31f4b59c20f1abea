"""Words that people bring from Keras and other frameworks for arguments of layers, and what to write instead."""

from collections.abc import Iterable, Mapping

_CONVS = ("conv", "conv_transpose", "depthwise_conv", "separable_conv")
_POOLS = ("max_pool", "avg_pool")
_NORMS = ("batch_norm", "layer_norm", "group_norm")
_DROPS = ("dropout", "spatial_dropout")
_KNOWN_CHANNELS = "leave it out: the layer reads the channels off its input"
_CHANNELS_LAST = "leave it out: the channels are the last axis"


def _for(kinds: Iterable[str], words: Mapping[str, str]) -> dict[tuple[str, str], str]:
    return {(kind, word): ours for kind in kinds for word, ours in words.items()}


_ARGUMENTS: Mapping[tuple[str, str], str] = {
    **_for((*_CONVS, *_POOLS), {"stride": "strides", "pad": "padding", "paddings": "padding"}),
    **_for(
        _CONVS,
        {
            "dilation": "dilation_rate",
            "dilations": "dilation_rate",
            "bias": "use_bias",
            "normalization": "norm",
            "batch_norm": "norm",
            "kernel": "kernel_size",
            "ksize": "kernel_size",
            "size": "kernel_size",
            "window": "kernel_size",
            "kernel_shape": "kernel_size",
            "act": "activation",
            "nonlinearity": "activation",
        },
    ),
    **_for(
        ("conv", "conv_transpose", "separable_conv"),
        {
            "out_channels": "filters",
            "channels": "filters",
            "units": "filters",
            "n_filters": "filters",
            "num_filters": "filters",
        },
    ),
    **_for(
        _POOLS,
        {
            "kernel": "pool_size",
            "kernel_size": "pool_size",
            "ksize": "pool_size",
            "size": "pool_size",
            "window": "pool_size",
        },
    ),
    **_for(("global_max_pool", "global_avg_pool"), {"keepdim": "keepdims", "keep_dims": "keepdims"}),
    **_for(
        ("dense",),
        {
            "out_features": "units",
            "features": "units",
            "filters": "units",
            "size": "units",
            "bias": "use_bias",
            "act": "activation",
            "batch_norm": "norm",
        },
    ),
    **_for(("depthwise_conv",), {"multiplier": "depth_multiplier"}),
    **_for(_NORMS, {"eps": "epsilon", "dim": "axis"}),
    **_for(("group_norm",), {"num_groups": "groups"}),
    **_for(_DROPS, {"p": "rate", "prob": "rate", "probability": "rate", "drop_rate": "rate"}),
    **_for(("gaussian_noise",), {"std": "stddev", "sigma": "stddev"}),
    **_for(("leaky_relu",), {"alpha": "negative_slope", "slope": "negative_slope"}),
    **_for(("prelu",), {"init": "alpha_initializer"}),
    **_for(
        ("embedding",),
        {
            **dict.fromkeys(
                ("num_embeddings", "vocabulary", "vocab_size", "vocabulary_size", "num_words"), "input_dim"
            ),
            **dict.fromkeys(("embedding_dim", "embed_dim", "embedding_size", "size", "dim", "units"), "output_dim"),
        },
    ),
    **_for(("one_hot",), {"num_classes": "num_tokens", "depth": "num_tokens"}),
    **_for(("up_sample",), {"scale_factor": "size", "scale": "size", "factor": "size", "mode": "interpolation"}),
    **_for(("reshape",), {"shape": "target_shape", "size": "target_shape"}),
    **_for(("permute",), {"axes": "dims", "order": "dims", "perm": "dims"}),
    **_for(("concat",), {"dim": "axis"}),
    **_for(("zero_pad",), {"pad": "padding", "paddings": "padding"}),
    **_for(("crop",), {"crop": "cropping", "padding": "cropping"}),
    **_for(("rescaling",), {"bias": "offset", "shift": "offset"}),
}

_ARGUMENT_SENTENCES: Mapping[tuple[str, str], str] = {
    **_for(_CONVS, {"in_channels": _KNOWN_CHANNELS, "input_channels": _KNOWN_CHANNELS}),
    **_for(("dense",), {"in_features": _KNOWN_CHANNELS, "input_dim": _KNOWN_CHANNELS}),
    **_for(_NORMS, {"num_features": _KNOWN_CHANNELS, "num_channels": _KNOWN_CHANNELS}),
    **_for(("layer_norm",), {"normalized_shape": "leave it out: the layer normalises along axis, the last by default"}),
    **_for(_NORMS, {"affine": "write center and scale"}),
    **_for(("batch_norm",), {"track_running_stats": "leave it out: moving averages are always kept"}),
    **_for(_DROPS, {"keep_prob": "write rate, the share that is dropped: 1 less the share that is kept"}),
    **_for(("normalization",), {"std": "write variance, the square of the standard deviation"}),
    **_for(("leaky_relu", *_DROPS), {"inplace": "leave it out"}),
    **_for(
        ("conv", "conv_transpose"),
        {"padding_mode": "leave it out: padding is zeros", "input_shape": "inputs stand at the top of the file"},
    ),
}

_ANYWHERE: Mapping[str, str] = {
    "data_format": _CHANNELS_LAST,
    "input_shape": "inputs stand at the top of the file, under inputs:",
    "dtype": "leave it out: training.precision sets it for the whole network",
    "kernel_constraint": "leave it out: constraints are not part of the language",
    "bias_constraint": "leave it out: constraints are not part of the language",
    "weight_decay": "write kernel_regularizer: l2 here, or weight_decay in the optimizer",
    "kernel_init": "write kernel_initializer",
    "initializer": "write kernel_initializer",
    "regularizer": "write kernel_regularizer",
    "inputs": "write from",
    "input": "write from",
    "n": "write repeat",
    "repeats": "write repeat",
    "times": "write repeat",
}


def foreign_argument(kind: str, word: str) -> str | None:
    """What to write instead of another framework's argument of this layer; None where the word is not known."""
    folded = _folded_argument(word)
    if sentence := _ARGUMENT_SENTENCES.get((kind, folded)):
        return sentence
    if ours := our_argument(kind, word):
        return f"write {ours}"
    return _ANYWHERE.get(folded)


def our_argument(kind: str, word: str) -> str | None:
    """The layer's own argument that another framework's is, where it is just another word for it."""
    return _ARGUMENTS.get((kind, _folded_argument(word)))


def _folded_argument(word: str) -> str:
    return word.lower().replace("-", "_")
