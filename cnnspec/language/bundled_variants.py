"""The variants of the bundled specs, and which of them a word stands for."""

from functools import cache

from cnnspec.language.bundled import bundled_names, bundled_text
from cnnspec.source.diagnostic import likely
from cnnspec.source.likeness import folded
from cnnspec.source.values import Mapping, Scalar
from cnnspec.source.yaml import read_yaml


@cache
def bundled_variants(name: str) -> tuple[str, ...]:
    """The variants of a bundled spec, with those of the bundled one that it extends."""
    root = read_yaml(bundled_text(name), name, lambda diagnostic: None)
    if not isinstance(root, Mapping):
        return ()
    variants, base = root.get("variants"), root.get("extends")
    inherited = bundled_variants(base.text.partition("@")[0]) if isinstance(base, Scalar) else ()
    own = variants.keys() if isinstance(variants, Mapping) else ()
    return tuple(dict.fromkeys((*inherited, *own)))


def bundled_meant(word: str) -> tuple[str, ...]:
    """The bundled specs that a word was probably meant to be, with their variants: `resnet@50` for `ResNet-50`.

    A number is never passed over: `resnet20` is the variant 20 of another resnet, and `vgg12` one of those of vgg.
    """
    spelt = {f"{name}{variant}": f"{name}@{variant}" for name in bundled_names() for variant in bundled_variants(name)}
    exact = [name for name in bundled_names() if folded(name) == folded(word)]
    exact += [meant for joined, meant in spelt.items() if folded(joined) == folded(word)]
    if exact or (exact := [meant for meant in spelt.values() if _stands_inside(meant, word)]):
        return tuple(exact)
    if any(letter.isdigit() for letter in word):
        found = tuple(spelt[joined] for joined in likely(word, spelt)) or _numbered(word, tuple(spelt.values()))
        if found:
            return found
    return likely(word, bundled_names())


def _stands_inside(meant: str, word: str) -> bool:
    """Whether a variant stands within its spec's name: `ResNet50V2` is `resnet-v2@50`."""
    name, _, variant = meant.partition("@")
    return folded(word).replace(folded(variant), "", 1) == folded(name) != folded(word)


def _numbered(word: str, spelt: tuple[str, ...]) -> tuple[str, ...]:
    """The variants that a bundled name with a number behind it may mean: of the same number, else all of this spec."""
    begun = [name for name in bundled_names() if folded(word).startswith(folded(name))]
    if not begun:
        return ()
    name = max(begun, key=len)
    number = folded(word).removeprefix(folded(name))
    same = [each for each in spelt if each.startswith(name) and folded(each.partition("@")[2]) == number]
    return tuple(same or (each for each in spelt if each.partition("@")[0] == name))
