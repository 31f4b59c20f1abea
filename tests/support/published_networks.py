"""Published networks of Darknet and Caffe, as their files say them, with their parameters and what they give."""

NET = "[net]\n# Testing\nbatch=1\nsubdivisions=1\nwidth={size}\nheight={size}\nchannels=3\nlearning_rate=0.001\n"


def darknet_conv(filters: int, size: int, stride: int = 1, activation: str = "leaky", normed: bool = True) -> str:
    normal = "batch_normalize=1\n" if normed else ""
    return (
        f"\n[convolutional]\n{normal}filters={filters}\nsize={size}\nstride={stride}\npad=1\nactivation={activation}\n"
    )


MAXPOOL = "\n[maxpool]\nsize=2\nstride=2\n"
YOLO = "\n[yolo]\nmask = 0,1,2\nanchors = 10,13,  16,30,  33,23\nclasses=80\nnum=9\n"


def shortcut() -> str:
    return "\n[shortcut]\nfrom=-3\nactivation=linear\n"


def route(*layers: int) -> str:
    return f"\n[route]\nlayers = {', '.join(map(str, layers))}\n"


def darknet53() -> str:
    text = darknet_conv(32, 3)
    for filters, times in ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4)):
        text += darknet_conv(filters, 3, 2)
        text += (darknet_conv(filters // 2, 1) + darknet_conv(filters, 3) + shortcut()) * times
    return text


def detector(filters: int) -> str:
    """Three times 1x1 and 3x3, and the 1x1 that predicts."""
    pair = darknet_conv(filters, 1) + darknet_conv(2 * filters, 3)
    return pair * 3 + darknet_conv(255, 1, activation="linear", normed=False) + YOLO


YOLOV3 = (
    darknet53()
    + detector(512)
    + route(-4)
    + darknet_conv(256, 1)
    + "\n[upsample]\nstride=2\n"
    + route(-1, 61)
    + detector(256)
    + route(-4)
    + darknet_conv(128, 1)
    + "\n[upsample]\nstride=2\n"
    + route(-1, 36)
    + detector(128)
)
TINY = "".join(darknet_conv(filters, 3) + MAXPOOL for filters in (16, 32, 64, 128, 256))
YOLOV3_TINY = (
    TINY
    + darknet_conv(512, 3)
    + "\n[maxpool]\nsize=2\nstride=1\n"
    + darknet_conv(1024, 3)
    + darknet_conv(256, 1)
    + darknet_conv(512, 3)
    + darknet_conv(255, 1, activation="linear", normed=False)
    + YOLO
    + route(-4)
    + darknet_conv(128, 1)
    + "\n[upsample]\nstride=2\n"
    + route(-1, 8)
    + darknet_conv(256, 3)
    + darknet_conv(255, 1, activation="linear", normed=False)
    + YOLO
)
YOLOV2_TINY = (
    TINY
    + darknet_conv(512, 3)
    + "\n[maxpool]\nsize=2\nstride=1\n"
    + darknet_conv(1024, 3)
    + darknet_conv(512, 3)
    + darknet_conv(425, 1, activation="linear", normed=False)
    + "\n[region]\nanchors = 0.5,0.6\nclasses=80\n"
)
ROWS = ((32,), (64,), (128, 64, 128), (256, 128, 256), (512, 256, 512, 256, 512), (1024, 512, 1024, 512, 1024))
DARKNET19 = (
    MAXPOOL.join(
        "".join(darknet_conv(filters, 3 if at % 2 == 0 else 1) for at, filters in enumerate(row)) for row in ROWS
    )
    + darknet_conv(1000, 1, activation="linear", normed=False)
    + "\n[avgpool]\n\n[softmax]\ngroups=1\n\n[cost]\ntype=sse\n"
)
DARKNET = {
    # By the sizes of the files of weights, four bytes a number behind a header of 20, or 16 in the older form.
    "yolov3": (YOLOV3, 416, (248_007_048 - 20) // 4, [(13, 13, 255), (26, 26, 255), (52, 52, 255)]),
    "yolov3-tiny": (YOLOV3_TINY, 416, (35_434_956 - 20) // 4, [(13, 13, 255), (26, 26, 255)]),
    "yolov2-tiny": (YOLOV2_TINY, 416, (44_948_600 - 20) // 4, [(13, 13, 425)]),
    "darknet53": (darknet53(), 256, (162_482_580 - 20) // 4, [(8, 8, 1024)]),
    "darknet19": (DARKNET19, 224, (79_327_120 - 16) // 4 + 1000 * 1024 + 1000, [(1000,)]),
}


# Caffe


def deploy(size: int, channels: int = 3) -> str:
    return f'name: "net"\ninput: "data"\ninput_dim: 1\ninput_dim: {channels}\ninput_dim: {size}\ninput_dim: {size}\n'


def layer(name: str, kind: str, bottom: str, top: str, more: str = "") -> str:
    return f'layer {{\n  name: "{name}"\n  type: "{kind}"\n  bottom: "{bottom}"\n  top: "{top}"\n  {more}\n}}\n'


def conv(name: str, bottom: str, filters: int, size: int, more: str = "", top: str = "") -> str:
    """A convolution with its activation in place."""
    said = (
        f"convolution_param {{ num_output: {filters} kernel_size: {size} {more} weight_filler {{ type: 'xavier' }} }}"
    )
    top = top or name
    rates = "param { lr_mult: 1 decay_mult: 1 } "
    return layer(name, "Convolution", bottom, top, rates + said) + layer(f"relu_{name}", "ReLU", top, top)


def pool(name: str, bottom: str, size: int, stride: int, way: str = "MAX", more: str = "") -> str:
    said = f"pooling_param {{ pool: {way} kernel_size: {size} stride: {stride} {more} }}"
    return layer(name, "Pooling", bottom, name, said)


def dense(name: str, bottom: str, units: int) -> str:
    return layer(name, "InnerProduct", bottom, name, f"inner_product_param {{ num_output: {units} }}")


LRN = "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }"
CAFFENET = (
    deploy(227)
    + conv("conv1", "data", 96, 11, "stride: 4")
    + pool("pool1", "conv1", 3, 2)
    + layer("norm1", "LRN", "pool1", "norm1", LRN)
    + conv("conv2", "norm1", 256, 5, "pad: 2 group: 2")
    + pool("pool2", "conv2", 3, 2)
    + layer("norm2", "LRN", "pool2", "norm2", LRN)
    + conv("conv3", "norm2", 384, 3, "pad: 1")
    + conv("conv4", "conv3", 384, 3, "pad: 1 group: 2")
    + conv("conv5", "conv4", 256, 3, "pad: 1 group: 2")
    + pool("pool5", "conv5", 3, 2)
    + dense("fc6", "pool5", 4096)
    + layer("relu6", "ReLU", "fc6", "fc6")
    + layer("drop6", "Dropout", "fc6", "fc6", "dropout_param { dropout_ratio: 0.5 }")
    + dense("fc7", "fc6", 4096)
    + layer("relu7", "ReLU", "fc7", "fc7")
    + layer("drop7", "Dropout", "fc7", "fc7", "dropout_param { dropout_ratio: 0.5 }")
    + dense("fc8", "fc7", 1000)
    + layer("prob", "Softmax", "fc8", "prob")
)
LENET = (
    deploy(28, 1)
    + layer("conv1", "Convolution", "data", "conv1", "convolution_param { num_output: 20 kernel_size: 5 }")
    + pool("pool1", "conv1", 2, 2)
    + layer("conv2", "Convolution", "pool1", "conv2", "convolution_param { num_output: 50 kernel_size: 5 }")
    + pool("pool2", "conv2", 2, 2)
    + dense("ip1", "pool2", 500)
    + layer("relu1", "ReLU", "ip1", "ip1")
    + dense("ip2", "ip1", 10)
    + layer("prob", "Softmax", "ip2", "prob")
)


def inception(name: str, bottom: str, one: int, three: tuple[int, int], five: tuple[int, int], last: int) -> str:
    at = f"inception_{name}"
    tops = [f"{at}/{each}" for each in ("1x1", "3x3", "5x5", "pool_proj")]
    bottoms = "\n  ".join(f'bottom: "{top}"' for top in tops)
    return (
        conv(tops[0], bottom, one, 1)
        + conv(f"{at}/3x3_reduce", bottom, three[0], 1)
        + conv(tops[1], f"{at}/3x3_reduce", three[1], 3, "pad: 1")
        + conv(f"{at}/5x5_reduce", bottom, five[0], 1)
        + conv(tops[2], f"{at}/5x5_reduce", five[1], 5, "pad: 2")
        + pool(f"{at}/pool", bottom, 3, 1, "MAX", "pad: 1")
        + conv(tops[3], f"{at}/pool", last, 1)
        + f'layer {{ name: "{at}/output" type: "Concat" {bottoms} top: "{at}/output" }}\n'
    )


MODULES = {
    "3a": (64, (96, 128), (16, 32), 32),
    "3b": (128, (128, 192), (32, 96), 64),
    "4a": (192, (96, 208), (16, 48), 64),
    "4b": (160, (112, 224), (24, 64), 64),
    "4c": (128, (128, 256), (24, 64), 64),
    "4d": (112, (144, 288), (32, 64), 64),
    "4e": (256, (160, 320), (32, 128), 128),
    "5a": (256, (160, 320), (32, 128), 128),
    "5b": (384, (192, 384), (48, 128), 128),
}


def googlenet() -> str:
    text = (
        deploy(224)
        + conv("conv1/7x7_s2", "data", 64, 7, "pad: 3 stride: 2")
        + pool("pool1/3x3_s2", "conv1/7x7_s2", 3, 2)
        + layer("pool1/norm1", "LRN", "pool1/3x3_s2", "pool1/norm1", LRN)
        + conv("conv2/3x3_reduce", "pool1/norm1", 64, 1)
        + conv("conv2/3x3", "conv2/3x3_reduce", 192, 3, "pad: 1")
        + layer("conv2/norm2", "LRN", "conv2/3x3", "conv2/norm2", LRN)
        + pool("pool2/3x3_s2", "conv2/norm2", 3, 2)
    )
    bottom = "pool2/3x3_s2"
    for name, widths in MODULES.items():
        text += inception(name, bottom, *widths)
        bottom = f"inception_{name}/output"
        if name in ("3b", "4e"):
            text += pool(f"pool{name[0]}", bottom, 3, 2)
            bottom = f"pool{name[0]}"
    text += pool("pool5/7x7_s1", bottom, 7, 1, "AVE") + layer("pool5/drop", "Dropout", "pool5/7x7_s1", "pool5/7x7_s1")
    return text + dense("loss3/classifier", "pool5/7x7_s1", 1000) + layer("prob", "Softmax", "loss3/classifier", "prob")


def normed(name: str, bottom: str, filters: int, size: int, more: str = "", activated: bool = True) -> str:
    """A convolution as in ResNet: without bias, BatchNorm and Scale in place."""
    said = f"convolution_param {{ num_output: {filters} kernel_size: {size} bias_term: false {more} }}"
    text = layer(name, "Convolution", bottom, name, said)
    text += layer(f"bn_{name}", "BatchNorm", name, name, "batch_norm_param { use_global_stats: true }")
    text += layer(f"scale_{name}", "Scale", name, name, "scale_param { bias_term: true }")
    return text + (layer(f"{name}_relu", "ReLU", name, name) if activated else "")


def bottleneck(name: str, bottom: str, filters: int, stride: int, projected: bool) -> str:
    text, skip = "", bottom
    if projected:
        skip = f"res{name}_branch1"
        text += normed(skip, bottom, 4 * filters, 1, f"stride: {stride}", activated=False)
    a, b, c = (f"res{name}_branch2{part}" for part in "abc")
    text += normed(a, bottom, filters, 1, f"stride: {stride}") + normed(b, a, filters, 3, "pad: 1")
    text += normed(c, b, 4 * filters, 1, activated=False)
    text += f'layer {{ bottom: "{skip}" bottom: "{c}" top: "res{name}" name: "res{name}" type: "Eltwise" }}\n'
    return text + layer(f"res{name}_relu", "ReLU", f"res{name}", f"res{name}")


def resnet50() -> str:
    text = deploy(224) + normed("conv1", "data", 64, 7, "pad: 3 stride: 2") + pool("pool1", "conv1", 3, 2)
    bottom = "pool1"
    for stage, (filters, times) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), 2):
        for at in range(times):
            text += bottleneck(f"{stage}{'abcdef'[at]}", bottom, filters, 2 if at == 0 < stage - 2 else 1, at == 0)
            bottom = f"res{stage}{'abcdef'[at]}"
    return text + pool("pool5", bottom, 7, 1, "AVE") + dense("fc1000", "pool5", 1000)


CAFFE = {
    "caffenet": (CAFFENET, 60_965_224, (1000,)),
    "lenet": (LENET, 431_080, (10,)),
    "googlenet": (googlenet(), 6_998_552, (1000,)),
    "resnet-50": (resnet50(), 25_557_032 + 53_120, (1000,)),
}
