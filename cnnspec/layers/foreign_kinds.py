"""Words that people bring for kinds and choices, of every family: what says the same here, or that nothing does.

They come from Keras' classes, other frameworks and papers. A word stands here folded: without case, `_`, `-` and the
module before it; several words of one meaning stand in one key. What is merely misspelt is not here.
"""

from collections.abc import Mapping

Words = Mapping[str, str]
_RANKS = ("1d", "2d", "3d")
_NOT_HERE = "is not part of the language"
_TRANSFORMER = "blocks are a spec's own: write it under blocks, of residual, layer_norm, multi_head_attention and dense"
_TEXT = "texts become ids in the data section: write text: {max_tokens: 20000} there"
_AUGMENT = "what changes training pictures alone stands in the data section: write augment: [...] there"
_GLU = "parallel: {merge: multiply, divide: true, branches: [[], [activation: sigmoid]]}"
_PLATEAU = "it is a key of training, not a schedule: write reduce_on_plateau: {factor: 0.5, patience: 3} there"
_EVALUATE = "is not part of the language: cnnspec evaluate prints figures of every class and the confusions"


def _ranked(words: Words) -> dict[str, str]:
    """The words as they are, and with each rank that a class may be called after."""
    return {
        " ".join(f"{word}{rank}" for word in key.split() for rank in ("", *_RANKS)): to for key, to in words.items()
    }


WRITE: Mapping[str, Words] = {
    "layer": {
        **_ranked(
            {
                "convolution": "conv",
                "convtranspose convolutiontranspose convtransposed deconv deconvolution": "conv_transpose",
                "conv1dtranspose conv2dtranspose conv3dtranspose": "conv_transpose",
                "convolution1dtranspose convolution2dtranspose convolution3dtranspose": "conv_transpose",
                "depthwiseconv depthwise dwconv": "depthwise_conv",
                "separableconv separableconvolution separable sepconv": "separable_conv",
                "maxpooling maxpool": "max_pool",
                "averagepooling averagepool avgpool avgpooling meanpool": "avg_pool",
                "globalmaxpooling globalmaxpool gmp": "global_max_pool",
                "globalaveragepooling globalaveragepool globalavgpool gap": "global_avg_pool",
                "zeropadding zeropad pad": "zero_pad",
                "cropping": "crop",
                "upsampling upsample": "up_sample",
                "spatialdropout": "spatial_dropout",
                "batchnorm batchnormalization syncbatchnorm bn": "batch_norm",
                "layernormalization ln": "layer_norm",
                "groupnormalization gn": "group_norm",
                "convlstm": "conv_lstm",
                "adaptiveaveragepooling adaptiveaveragepool adaptiveavgpool adaptiveavgpooling": "adaptive_avg_pool",
                "adaptivemaxpooling adaptivemaxpool": "adaptive_max_pool",
            }
        ),
        "conv1d conv2d conv3d": "conv",
        "dropout1d dropout2d dropout3d featuredropout": "spatial_dropout",
        "concatenate cat": "concat",
        "linear fc fullyconnected fullconnected innerproduct": "dense",
        "embeddingbag": "embedding",
        "unitnormalization l2norm l2normalize": "unit_norm",
        "rmsnormalization": "rms_norm",
        "spectralnormalization": "spectral_norm",
        "lrn localresponsenormalization": "local_response_norm",
        "featurealphadropout": "alpha_dropout",
        "activityregularizer": "activity_regularization",
        "repeatelements": "repeat_vector",
        "shuffle shufflechannels": "channel_shuffle",
        "pixelunshuffle reorg": "space_to_depth",
        "pixelshuffle subpixel": "depth_to_space",
        "narrow select getitem gather": "slice",
        "astype": "cast",
        "positionalencoding sinusoidalpositionalencoding sinepositionencoding": "sinusoidal_position",
        "dotproduct matmul bmm": "dot",
        "weightedadd weightedaddition fastnormalizedfusion": "weighted_sum",
        "cudnnlstm lstmcell": "lstm",
        "cudnngru grucell": "gru",
        "rnn simplernn rnncell simplernncell vanillarnn": "simple_rnn",
        "groupedqueryattention groupqueryattention gqa multiqueryattention mqa": "grouped_query_attention",
        "luongattention dotproductattention scaleddotproductattention": "attention",
        "additiveattention bahdanauattention": "additive_attention",
        "multiheadattention mha selfattention multiheadselfattention": "multi_head_attention",
        "positionembedding positionalembedding posembed learnedpositionalembedding": "position_embedding",
        "clstoken classembedding cls": "class_token",
        "layerscale": "layer_scale",
        "droppath stochasticdepth": "stochastic_depth",
        "categoryencoding onehotencoding": "one_hot",
        "unflatten view": "reshape",
        "transpose": "permute",
        "sub": "subtract",
        "mul": "multiply",
        "max": "maximum",
        "min": "minimum",
        "mean": "average",
        "sum elementwiseadd": "add",
        "resize interpolate": "resizing",
        "rescale": "rescaling",
        "normalize standardize": "normalization",
        "noop passthrough": "identity",
        "instancenorm instancenorm1d instancenorm2d instancenorm3d instancenormalization": "group_norm: {groups: -1}",
        "glu gatedlinearunit": _GLU,
        "squeezeexcite squeezeexcitation squeezeandexcitation squeezeandexcite seblock selayer semodule se": (
            "squeeze_excite"
        ),
        "thresholdedrelu": "activation: {activation: {relu: {threshold: 1.0}}}",
    },
    "activation": {
        "identity none null": "linear",
        "logistic": "sigmoid",
        "rectifier rectified": "relu",
        "lrelu leaky": "leaky_relu",
        "thresholdedrelu": "{relu: {threshold: 1.0}}",
    },
    "initializer": {
        "kaimingnormal kaiming he msra": "he_normal",
        "kaiminguniform": "he_uniform",
        "xavier xavieruniform glorot": "glorot_uniform",
        "xaviernormal": "glorot_normal",
        "lecun": "lecun_normal",
        "normal gaussian": "random_normal",
        "truncnormal": "truncated_normal",
        "zero": "zeros",
        "one": "ones",
        "eye": "identity",
    },
    "regularizer": {"ridge": "l2", "lasso": "l1", "elasticnet": "l1_l2", "orthogonal": "orthogonal_regularizer"},
    "norm": {
        "batchnorm batchnormalization bn": "batch",
        "layernorm layernormalization ln": "layer",
        "groupnorm groupnormalization gn": "group",
        "instance instancenorm": "{group: {groups: -1}}",
    },
    "optimizer": {
        "momentum sgdm": "{sgd: {momentum: 0.9}}",
        "nesterov nag": "{sgd: {momentum: 0.9, nesterov: true}}",
        "gd gradientdescent": "sgd",
        "amsgrad": "{adam: {amsgrad: true}}",
        "rms": "rmsprop",
    },
    "loss": {
        "crossentropy crossentropyloss ce xent softmaxcrossentropy nll nllloss logloss": "auto",
        "sparsecrossentropy scce sce": "sparse_categorical_crossentropy",
        "cce onehotcrossentropy": "categorical_crossentropy",
        "bceloss binaryce sigmoidcrossentropy": "binary_crossentropy",
        "bcewithlogits bcewithlogitsloss": "{binary_crossentropy: {from_logits: true}}",
        "mseloss l2 l2loss squarederror rmse rootmeansquarederror": "mean_squared_error",
        "maeloss l1 l1loss absoluteerror": "mean_absolute_error",
        "smoothl1 smoothl1loss huberloss": "huber",
        "cosine cosineloss": "cosine_similarity",
        "kl kldiv kldivloss kullbackleiblerdivergence": "kl_divergence",
        "diceloss": "dice",
        "ctcloss": "ctc",
    },
    "metric": {
        "r2 rsquared r2coefficient explainedvariance": "r2_score",
        "f1 fscore f1measure": "f1_score",
        "fbeta": "fbeta_score",
        "rmse": "root_mean_squared_error",
        "rocauc auroc": "auc",
        "prauc auprc averageprecision": "{auc: {curve: PR}}",
        "sensitivity tpr": "recall",
        "ppv": "precision",
        "tp": "true_positives",
        "tn": "true_negatives",
        "fp": "false_positives",
        "fn": "false_negatives",
        "pearson pearsonr": "pearson_correlation",
        "concordance ccc": "concordance_correlation",
        "cosine": "cosine_similarity",
        "kl kld": "kl_divergence",
        "logloss xent": "crossentropy",
        "valaccuracy": "accuracy",
        "jaccard": "mean_iou",
    },
    "schedule": {
        "cosinedecay cosineannealing cosineannealinglr": "cosine",
        "steplr stepdecay multistep multisteplr piecewise piecewiseconstant piecewiseconstantdecay": "step",
        "exponentialdecay exponentiallr expdecay": "exponential",
        "onecyclelr superconvergence": "one_cycle",
        "constantlr fixed": "constant",
    },
    "augmentation": {
        "horizontalflip hflip randomhorizontalflip fliplr": "{random_flip: horizontal}",
        "verticalflip vflip randomverticalflip flipud": "{random_flip: vertical}",
        "rotate": "random_rotation",
        "translate shift": "random_translation",
        "cutout": "random_erasing",
        "colorjitter colourjitter": "random_color_jitter",
        "mixup": "mix_up",
        "cutmix": "cut_mix",
    },
    "source": {
        "csv tsv jsonl parquet dataframe": "table",
        "folder images directory imagedirectory pictures": "image_folder",
        "npz npy numpy idx array": "arrays",
        "hf datasets": "huggingface",
        "text lines textfile": "text_lines",
        "random fake dummy": "synthetic",
        "sklearn scikitlearn": "digits",
        "tensorflowdatasets": "tfds",
    },
    "precision": {
        "float16 fp16 half 16 amp mixedfp16": "mixed_float16",
        "bfloat16 bf16 mixedbf16": "mixed_bfloat16",
        "fp32 single full 32": "float32",
    },
    "distribute": {"ddp multigpu dataparallel gpus": "mirrored", "horovod multinode": "multi_worker", "single": "none"},
    "dtype": {
        "int integer": "int32",
        "long": "int64",
        "float single fp32": "float32",
        "double": "float64",
        "half fp16": "float16",
        "bf16": "bfloat16",
        "byte": "uint8",
        "boolean": "bool",
    },
}
"""Family -> words -> what stands in their place."""

SAY: Mapping[str, Words] = {
    "layer": {
        "weightnorm": f"{{}} {_NOT_HERE}: write batch_norm",
        "dropblock": f"{{}} {_NOT_HERE}: write spatial_dropout",
        "minpool minpooling minpool2d minpooling2d": "write three entries: rescaling: -1, max_pool: 2, rescaling: -1",
        "lppool lppool2d fractionalmaxpool fractionalmaxpool2d maxunpool maxunpool2d gem": f"{{}} {_NOT_HERE}: write "
        "max_pool or avg_pool",
        "bidirectional bilstm bigru": "it is an argument: write lstm: {units: ..., bidirectional: concat}",
        "transformer transformerencoder transformerencoderlayer transformerblock": _TRANSFORMER,
        "inception denseblock": "write parallel: {branches: [[...], [...]]}; an empty branch is the input itself",
        "mobileblock invertedresidual mbconv bottleneck": "blocks are a spec's own: write it under blocks",
        "skip shortcut skipconnection resblock residualblock": "write residual: {layers: [...]}",
        "sequential": "write the layers as a list: a stage, a residual's layers and a branch each are one",
        "modulelist": "write the layers as a list, or a repeat",
        "repeat": "repeat is an argument of every entry: write conv: {..., repeat: 3}",
        "lambda": "a spec runs no code: write the layers that it stands for",
        "input inputlayer": "inputs stand at the top of the file, under inputs:",
        "textvectorization stringlookup integerlookup hashing tokenizer": _TEXT,
        "randomflip randomrotation randomcrop randomzoom randomcontrast randombrightness randomtranslation": _AUGMENT,
        "randomerasing cutout mixup cutmix randaugment augmix colorjitter": _AUGMENT,
        "centercrop": "write crop: {cropping: ...}, or in the data section image: {resize: crop}",
    },
    "activation": {
        "glu swiglu geglu reglu": f"it takes two halves: leave out activation, and write as the next entry {_GLU}",
        "prelu": "its slope is learnt: leave out activation, and write prelu as the next entry",
        "rrelu": f"{{}} {_NOT_HERE}: write leaky_relu",
        "maxout snake sin sine gaussian quickgelu squaredrelu relu2 hardmax": f"{{}} {_NOT_HERE}",
        "batchnorm batch": "it is no activation: write norm: batch",
        "dropout": "it is no activation: write dropout as the next entry",
    },
    "initializer": {"dirac sparse stft delta": f"{{}} {_NOT_HERE}"},
    "regularizer": {
        "weightdecay decay": "it stands in training: write optimizer: {adamw: {weight_decay: 1e-4}} there",
    },
    "optimizer": {
        "radam adabelief adamp novograd sophia ranger lookahead yogi adan prodigy": f"{{}} {_NOT_HERE}: write adamw",
        "lars shampoo rprop lbfgs asgd kfac": f"{{}} {_NOT_HERE}: write sgd, or lamb for large batches",
    },
    "loss": {
        "accuracy acc precision recall f1 auc": "it is a metric without slope: write loss: auto, metrics: [accuracy]",
        "focal focalloss": "write categorical_focal_crossentropy for one of several classes, or "
        "binary_focal_crossentropy for yes or no",
        "triplet tripletloss contrastive arcface ntxent infonce": f"{{}} {_NOT_HERE}; circle is the nearest that is",
        "iou jaccard lovasz": f"{{}} {_NOT_HERE}: write dice or tversky",
        "quantile pinball wasserstein gan perceptual": f"{{}} {_NOT_HERE}",
    },
    "metric": {
        "specificity tnr": "it is the recall of the class that says no, which cnnspec evaluate prints; at a "
        "sensitivity write {specificity_at_sensitivity: {sensitivity: 0.9}}",
        "averageprecision ap": "it is the area under the curve of precision and recall: write {auc: {curve: PR}}",
        "map meanaverageprecision": "of objects it is not part of the language; of labels write {auc: {curve: PR}}",
        "topk topkaccuracy top5 top5accuracy": "write {sparse_top_k_categorical_accuracy: 5}, for one-hot labels "
        "{top_k_categorical_accuracy: 5}",
        "loss valloss": "leave it out: the loss is always measured",
        "balancedaccuracy mcc matthews kappa cohenkappa confusionmatrix classificationreport": f"{{}} {_EVALUATE}",
        "perplexity": "it is exp of the cross-entropy: write crossentropy",
        "errorrate error": "it is 1 less the accuracy: write accuracy",
        "dice dicecoefficient": "it is the F1 score: write {f1_score: {average: macro}}",
        "spearman spearmanr kendall hamming": f"{{}} {_NOT_HERE}",
    },
    "schedule": {
        "reduceonplateau plateau reducelronplateau": _PLATEAU,
        "linear lineardecay polynomial polynomialdecay inversetime inversetimedecay noam": f"{{}} {_NOT_HERE}: write "
        "cosine, or exponential",
        "cosinerestarts cosinedecayrestarts warmrestarts cyclic cycliclr": f"{{}} {_NOT_HERE}: write cosine",
        "warmup linearwarmup": "every schedule takes it: write {cosine: {peak: 1e-3, warmup: 2}}",
    },
    "augmentation": {
        "normalize rescale rescaling normalization totensor": "it belongs into the network: write rescaling first",
        "resize centercrop": "it stands beside augment: write image: {resize: crop}",
        "randomresizedcrop": f"{{}} {_NOT_HERE}: write random_crop or random_zoom",
    },
    "source": {
        "mnist fashionmnist cifar10 cifar100 imdb": "write source: keras, name: {}",
        "tfrecord tfrecords webdataset lmdb hdf5 h5": f"{{}} {_NOT_HERE}: save it as arrays, a table or pictures",
        "url http https s3 gs": "a spec never fetches anything: write arrays, table or image_folder",
    },
    "precision": {
        "float64 double fp64 64": f"{{}} {_NOT_HERE}: write float32",
        "mixed": "write mixed_bfloat16, or mixed_float16 for GPUs without bfloat16",
        "tf32 fp8 float8 int8": f"{{}} {_NOT_HERE}: write mixed_bfloat16 or mixed_float16",
    },
    "dtype": {
        "string str text object category": "texts become ids in the data section: write dtype: int32 here, and "
        "text: {max_tokens: 20000} there",
    },
    "padding": {
        "reflect replicate symmetric circular edge": f"{{}} {_NOT_HERE}: padding is zeros",
        "full": f"{{}} {_NOT_HERE}: write the number of zeros, one less than kernel_size",
    },
}
"""Family -> words -> what to do, where nothing stands in their place; `{}` is the word as written."""

SO: Mapping[tuple[str, str], str] = {
    ("loss", "auto"): ", which takes the cross-entropy that the last activation and the labels need",
}
"""What is said further of what to write."""
