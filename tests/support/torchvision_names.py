"""The tensors of torchvision's models, by name and shape, in the order in which its modules are computed."""

from collections.abc import Mapping, Sequence

Tensors = dict[str, tuple[int, ...]]


def _norm(found: Tensors, name: str, size: int) -> None:
    found |= {f"{name}.{part}": (size,) for part in ("weight", "bias", "running_mean", "running_var")}


def _conv(found: Tensors, name: str, out: int, read: int, window: int, bias: bool = False) -> None:
    found[f"{name}.weight"] = (out, read, window, window)
    if bias:
        found[f"{name}.bias"] = (out,)


def _dense(found: Tensors, name: str, out: int, read: int) -> None:
    found |= {f"{name}.weight": (out, read), f"{name}.bias": (out,)}


def resnet(depths: Sequence[int], bottleneck: bool, groups: int = 1, width: int = 64) -> Tensors:
    found: Tensors = {}
    _conv(found, "conv1", 64, 3, 7)
    _norm(found, "bn1", 64)
    read = 64
    for stage, count in enumerate(depths):
        planes = 64 * 2**stage
        wide, out = planes * width // 64 * groups, planes * (4 if bottleneck else 1)
        for block in range(count):
            place = f"layer{stage + 1}.{block}"
            plain = [(planes, read, 3), (planes, planes, 3)]
            narrow = [(wide, read, 1), (wide, wide // groups, 3), (out, wide, 1)]
            for number, sizes in enumerate(narrow if bottleneck else plain, 1):
                _conv(found, f"{place}.conv{number}", *sizes)
                _norm(found, f"{place}.bn{number}", sizes[0])
            if block == 0 and read != out:
                _conv(found, f"{place}.downsample.0", out, read, 1)
                _norm(found, f"{place}.downsample.1", out)
            read = out
    _dense(found, "fc", 1000, read)
    return found


def vgg_bn(depths: Sequence[int]) -> Tensors:
    found: Tensors = {}
    at, read = 0, 3
    for stage, count in enumerate(depths):
        for _ in range(count):
            _conv(found, f"features.{at}", min(64 * 2**stage, 512), read, 3, bias=True)
            read = min(64 * 2**stage, 512)
            _norm(found, f"features.{at + 1}", read)
            at += 3
        at += 1
    for name, out, width in (("0", 4096, 25088), ("3", 4096, 4096), ("6", 1000, 4096)):
        _dense(found, f"classifier.{name}", out, width)
    return found


def densenet(depths: Sequence[int], growth: int = 32) -> Tensors:
    found: Tensors = {}
    read = 2 * growth
    _conv(found, "features.conv0", read, 3, 7)
    _norm(found, "features.norm0", read)
    for stage, count in enumerate(depths, 1):
        for layer in range(1, count + 1):
            place = f"features.denseblock{stage}.denselayer{layer}"
            _norm(found, f"{place}.norm1", read)
            _conv(found, f"{place}.conv1", 4 * growth, read, 1)
            _norm(found, f"{place}.norm2", 4 * growth)
            _conv(found, f"{place}.conv2", growth, 4 * growth, 3)
            read += growth
        if stage < len(depths):
            _norm(found, f"features.transition{stage}.norm", read)
            _conv(found, f"features.transition{stage}.conv", read // 2, read, 1)
            read //= 2
    _norm(found, "features.norm5", read)
    _dense(found, "classifier", 1000, read)
    return found


def mobilenet_v2() -> Tensors:
    found: Tensors = {}
    _conv(found, "features.0.0", 32, 3, 3)
    _norm(found, "features.0.1", 32)
    read, at = 32, 1
    rows = ((1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1))
    for expand, out, count in rows:
        for _ in range(count):
            place, wide, part = f"features.{at}.conv", read * expand, 0
            if expand > 1:
                _conv(found, f"{place}.0.0", wide, read, 1)
                _norm(found, f"{place}.0.1", wide)
                part = 1
            _conv(found, f"{place}.{part}.0", wide, 1, 3)
            _norm(found, f"{place}.{part}.1", wide)
            _conv(found, f"{place}.{part + 1}", out, wide, 1)
            _norm(found, f"{place}.{part + 2}", out)
            read, at = out, at + 1
    _conv(found, "features.18.0", 1280, 320, 1)
    _norm(found, "features.18.1", 1280)
    _dense(found, "classifier.1", 1000, 1280)
    return found


def googlenet() -> Tensors:
    found: Tensors = {}

    def convolved(name: str, out: int, read: int, window: int) -> None:
        _conv(found, f"{name}.conv", out, read, window)
        _norm(found, f"{name}.bn", out)

    for name, sizes in (("conv1", (64, 3, 7)), ("conv2", (64, 64, 1)), ("conv3", (192, 64, 3))):
        convolved(name, *sizes)
    read = 192
    for name, one, two, three, four, five, six in _INCEPTIONS:
        place = f"inception{name}"
        convolved(f"{place}.branch1", one, read, 1)
        convolved(f"{place}.branch2.0", two, read, 1)
        convolved(f"{place}.branch2.1", three, two, 3)
        convolved(f"{place}.branch3.0", four, read, 1)
        convolved(f"{place}.branch3.1", five, four, 3)
        convolved(f"{place}.branch4.1", six, read, 1)
        read = one + three + five + six
    _dense(found, "fc", 1000, read)
    return found


_INCEPTIONS = (
    ("3a", 64, 96, 128, 16, 32, 32),
    ("3b", 128, 128, 192, 32, 96, 64),
    ("4a", 192, 96, 208, 16, 48, 64),
    ("4b", 160, 112, 224, 24, 64, 64),
    ("4c", 128, 128, 256, 24, 64, 64),
    ("4d", 112, 144, 288, 32, 64, 64),
    ("4e", 256, 160, 320, 32, 128, 128),
    ("5a", 256, 160, 320, 32, 128, 128),
    ("5b", 384, 192, 384, 48, 128, 128),
)

MODELS: Mapping[str, Tensors] = {
    "resnet@18": resnet((2, 2, 2, 2), bottleneck=False),
    "resnet@50": resnet((3, 4, 6, 3), bottleneck=True),
    "resnet@152": resnet((3, 8, 36, 3), bottleneck=True),
    "resnext@50-32x4d": resnet((3, 4, 6, 3), bottleneck=True, groups=32, width=4),
    "vgg@16-bn": vgg_bn((2, 2, 3, 3, 3)),
    "densenet@121": densenet((6, 12, 24, 16)),
    "mobilenet-v2@1.0": mobilenet_v2(),
    "googlenet": googlenet(),
}
"""By bundled spec: the model that it equals."""
