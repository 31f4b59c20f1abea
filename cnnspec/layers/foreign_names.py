"""Words that people bring from Keras' classes and from other frameworks, and what to write here instead."""

from collections.abc import Iterable, Mapping

_RANKS = ("1d", "2d", "3d")


def _ranked(*pairs: tuple[str, str]) -> dict[str, str]:
    return {f"{theirs}{rank}": ours for theirs, ours in pairs for rank in _RANKS}


_LAYERS: Mapping[str, str] = {
    # Keras' classes, and torch.nn's, folded: no case, no underscores, no module.
    **_ranked(
        ("conv", "conv"),
        ("convolution", "conv"),
        ("convtranspose", "conv_transpose"),
        ("depthwiseconv", "depthwise_conv"),
        ("separableconv", "separable_conv"),
        ("separableconvolution", "separable_conv"),
        ("maxpooling", "max_pool"),
        ("maxpool", "max_pool"),
        ("averagepooling", "avg_pool"),
        ("avgpool", "avg_pool"),
        ("globalmaxpooling", "global_max_pool"),
        ("globalmaxpool", "global_max_pool"),
        ("globalaveragepooling", "global_avg_pool"),
        ("globalavgpool", "global_avg_pool"),
        ("zeropadding", "zero_pad"),
        ("cropping", "crop"),
        ("upsampling", "up_sample"),
        ("spatialdropout", "spatial_dropout"),
        ("batchnorm", "batch_norm"),
        ("dropout", "spatial_dropout"),
        ("zeropad", "zero_pad"),
    ),
    **{f"conv{rank}transpose": "conv_transpose" for rank in _RANKS},
    **{f"convolution{rank}transpose": "conv_transpose" for rank in _RANKS},
    "maxpooling": "max_pool",
    "averagepooling": "avg_pool",
    "averagepool": "avg_pool",
    "globalaveragepooling": "global_avg_pool",
    "globalmaxpooling": "global_max_pool",
    "gap": "global_avg_pool",
    "batchnormalization": "batch_norm",
    "syncbatchnorm": "batch_norm",
    "layernormalization": "layer_norm",
    "groupnormalization": "group_norm",
    "concatenate": "concat",
    "cat": "concat",
    "zeropadding": "zero_pad",
    "pad": "zero_pad",
    "cropping": "crop",
    "upsampling": "up_sample",
    "upsample": "up_sample",
    "convolution": "conv",
    "deconv": "conv_transpose",
    "convtransposed": "conv_transpose",
    "linear": "dense",
    "fc": "dense",
    "fullyconnected": "dense",
    "embeddingbag": "embedding",
    "categoryencoding": "one_hot",
    "unflatten": "reshape",
    "view": "reshape",
    "transpose": "permute",
    "sub": "subtract",
    "mul": "multiply",
    "max": "maximum",
    "min": "minimum",
    "mean": "average",
    "sum": "add",
    "elementwiseadd": "add",
    "alphadropout": "dropout",
    "resize": "resizing",
    "rescale": "rescaling",
    "normalize": "normalization",
    "depthwise": "depthwise_conv",
    "separable": "separable_conv",
}

_ACTIVATIONS: Mapping[str, str] = {
    "logsoftmax": "log_softmax",
    "logsigmoid": "log_sigmoid",
    "hardtanh": "hard_tanh",
    "hardsigmoid": "hard_sigmoid",
    "hardswish": "hard_swish",
    "hardsilu": "hard_silu",
    "hardshrink": "hard_shrink",
    "softshrink": "soft_shrink",
    "tanhshrink": "tanh_shrink",
    **{
        name: name
        for name in (
            *("relu", "relu6", "elu", "selu", "celu", "gelu", "silu", "swish", "mish", "sigmoid", "tanh"),
            *("softmax", "softplus", "softsign", "sparsemax", "exponential"),
        )
    },
}

_SENTENCES: Mapping[str, str] = {
    "instancenorm1d": "write group_norm: {groups: -1}, one group a channel",
    "instancenorm2d": "write group_norm: {groups: -1}, one group a channel",
    "instancenorm3d": "write group_norm: {groups: -1}, one group a channel",
    "sequential": "write the layers as a list: a stage, a residual's layers and a branch each are one",
    "modulelist": "write the layers as a list, or a repeat",
    "lambda": "a spec runs no code: write the layers that it stands for",
    "input": "inputs stand at the top of the file, under inputs:",
    "inputlayer": "inputs stand at the top of the file, under inputs:",
    "skip": "write residual: {layers: [...]}",
    "shortcut": "write residual: {layers: [...]}",
    "timedistributed": "leave it out: conv and dense already work at every place",
    **{
        f"adaptive{kind}{pool}{rank}": f"write global_{short}_pool where the output size is 1; "
        f"else {short}_pool with the pool_size that gives it"
        for kind, short in (("avg", "avg"), ("average", "avg"), ("max", "max"))
        for pool in ("pool", "pooling")
        for rank in _RANKS
    },
}


def foreign_layer(word: str) -> str | None:
    """What to write instead of another framework's layer; None where the word is not known."""
    folded = _fold(word)
    if folded in _SENTENCES:
        return _SENTENCES[folded]
    if folded in _ACTIVATIONS:
        return f"write activation: {_ACTIVATIONS[folded]}"
    ours = _LAYERS.get(folded)
    if ours is None:
        return None
    without_rank = ", without the rank: it is that of what the layer reads" if folded[-2:] in _RANKS else ""
    return f"write {ours}{without_rank}"


def _fold(word: str) -> str:
    return word.rsplit(".", 1)[-1].lower().replace("_", "").replace("-", "").replace(" ", "")


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
        {"num_embeddings": "input_dim", "vocabulary": "input_dim", "embedding_dim": "output_dim", "dim": "output_dim"},
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
