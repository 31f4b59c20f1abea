"""A bundled spec and its variant in one word: what was meant is told with its variant, and no number passed over."""

from itertools import product
from pathlib import Path

import pytest

from cnnspec.analysis import analyse
from cnnspec.cli.specs import copy_spec, init
from cnnspec.language.bundled import bundled_names
from cnnspec.language.bundled_variants import bundled_meant, bundled_variants
from cnnspec.language.document import variants_of
from cnnspec.source.diagnostic import Diagnostic
from tests.support.edits import edited

VARIANTS = [(name, variant) for name in bundled_names() for variant in variants_of(name)]


def test_the_variants_of_a_bundled_spec_are_those_that_reading_it_finds() -> None:
    assert {(name, each) for name in bundled_names() for each in bundled_variants(name)} == set(VARIANTS)
    assert ("resnet", "50") in VARIANTS and ("plain-cifar", "20") in VARIANTS


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_a_name_with_its_variant_behind_it_means_that_variant(name: str, variant: str) -> None:
    """With any mark between them or none, in any case."""
    for mark, spelt in product(("", "-", "_"), (name, name.title(), name.upper(), name.replace("-", "_"))):
        assert bundled_meant(f"{spelt}{mark}{variant}") == (f"{name}@{variant}",)


NUMBERED = {
    "resnet20": ("resnet-cifar@20",),
    "vgg12": tuple(f"vgg@{depth}{norm}" for norm in ("", "-bn") for depth in (11, 13, 16, 19)),
    "resnet200": ("resnet@18", "resnet@34", "resnet@50", "resnet@101", "resnet@152"),
    "renset50": ("resnet@50",),
    "lenet5": ("lenet",),
    "resnets": ("resnet",),
    "digit": ("digits",),
}


@pytest.mark.parametrize("word", NUMBERED)
def test_a_number_that_is_no_variant_leads_to_those_that_are(word: str) -> None:
    assert bundled_meant(word) == NUMBERED[word]


@pytest.mark.parametrize(
    ("word", "meant"),
    {
        "ResNet50V2": "resnet-v2@50",
        "EfficientNetV2B0": "efficientnet-v2@b0",
        "EfficientNetB0": "efficientnet@b0",
        "MobileNetV2": "mobilenet-v2",
        "MobileNetV3Large": "mobilenet-v3@large",
        "InceptionResNetV2": "inception-resnet-v2",
        "vgg16_bn": "vgg@16-bn",
        "resnext50_32x4d": "resnext@50-32x4d",
    }.items(),
)
def test_what_other_libraries_call_a_network_means_ours(word: str, meant: str) -> None:
    assert bundled_meant(word) == (meant,)


def _only(argument: str) -> Diagnostic:
    (found,) = analyse(argument).diagnostics
    return found


def test_every_way_to_name_a_spec_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an argument, as a file, and as a base, where it is the edit that makes the spec right."""
    monkeypatch.chdir(tmp_path)
    assert _only("resnet50").help == "write resnet@50; a path ends in .yaml"
    assert _only("vgg-19").help == "write vgg@19; a path ends in .yaml"
    assert _only("resnet20").help.startswith("write resnet-cifar@20")
    assert _only("resnet50.yaml").help == "write resnet@50 for the bundled spec"
    path = tmp_path / "mine.yaml"
    path.write_text("cnnspec: 1\nextends: resnet_50\n")
    mistake = _only(str(path))
    assert mistake.edit is not None and mistake.edit.text == "resnet@50"
    path.write_text(edited(path.read_text(), mistake.edit))
    assert not analyse(str(path)).diagnostics


def _refusal(capsys: pytest.CaptureFixture[str], start: str) -> str:
    with pytest.raises(SystemExit) as ended:
        init(Path("other.yaml"), start)
    assert ended.value.code == 1
    return capsys.readouterr().err


def test_a_spec_of_ones_own_may_begin_with_a_variant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is told instead of one word works: the copy means that variant, be its variants its own or its base's."""
    monkeypatch.chdir(tmp_path)
    assert "write resnet@50" in _refusal(capsys, "resnet50")
    assert "resnet has no variant 51" in _refusal(capsys, "resnet@51")
    assert not Path("other.yaml").exists()
    for name, variant in (("resnet", "50"), ("vgg", "19"), ("plain-cifar", "56")):
        init(Path("mine.yaml"), f"{name}@{variant}", force=True)
        copy_spec(f"{name}@{variant}")
        for copy in ("mine.yaml", f"{name}.yaml"):
            (mine, graph), (bundled, theirs) = analyse(copy).require(), analyse(f"{name}@{variant}").require()
            assert mine.variant == bundled.variant == variant
            assert [node.facts for node in graph.nodes] == [node.facts for node in theirs.nodes]
