"""Weights that were fetched, in a folder of the user's: a file for each network of keras.applications."""

import os
from pathlib import Path

from cnnspec.language.bundled import bundled_folder, bundled_names
from cnnspec.language.document import Files, read_document
from cnnspec.language.location import locate
from cnnspec.language.pretrained import declared
from cnnspec.language.spec import Spec
from cnnspec.source.diagnostic import Diagnostic, Rejected, rejected
from cnnspec.source.route import Route


def pretrained_of(spec: Spec) -> dict[str, str]:
    """What the spec declares: `imagenet` -> the network of keras.applications that has these weights."""
    return declared(spec.root, spec.variant)


def fetched_file(network: str) -> Path:
    """Where the weights of a network lie once they were fetched: below $XDG_CACHE_HOME, or ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "cnnspec" / "weights" / f"{network}.keras"


def fetched(spec: Spec, name: str, at: Route) -> Path | None:
    """The file of weights that a spec declares by this name, None where it declares none; raises Rejected.

    Nothing is fetched here: where the file is not there, the command that fetches it is told.
    """
    network = pretrained_of(spec).get(name)
    if network is None:
        return None
    path = fetched_file(network)
    if not path.is_file():
        received = f"{name} of {spec.shown} was not fetched: there is no {path}"
        expected = f"the weights of keras.applications' {network}"
        raise rejected(
            "not-fetched", received, expected, f"run: cnnspec weights fetch {_fetchable(spec, network)}", at=at
        )
    return path


def undeclared(spec: Spec, at: Route) -> Rejected:
    """A spec that declares nothing to fetch."""
    names = [name for name in bundled_names() if "\npretrained:" in (bundled_folder() / f"{name}.yaml").read_text()]
    help = f"bundled specs that declare some: {', '.join(names)}" if names else ""
    received = f"{_called(spec)} declares no pretrained weights"
    return rejected("not-fetched", received, "pretrained: {imagenet: {keras: NAME}}", help, at=at)


def unknown_name(spec: Spec | None, name: str, at: Route) -> Rejected:
    """A name of weights where the spec declares none of it, or where there is no spec."""
    if spec is None:
        received = f"{name} is no file: it is what specs call weights under pretrained"
        help = f"name a file; those that cnnspec weights fetch brought lie in {fetched_file(name).parent}"
        return rejected("no-file", received, "a file of weights, or a run's folder", help, at=at)
    received = f"{_called(spec)} declares no pretrained weights called {name}"
    expected = f"pretrained: {{{name}: {{keras: NAME}}}} in the spec, or a file of weights"
    help = f"name a file or a run's folder; or, where keras.applications has this network, write pretrained: {{{name}: "
    return rejected("not-fetched", received, expected, f"{help}{{keras: NAME}}}} with its name there", at=at)


def _called(spec: Spec) -> str:
    return f"{spec.name}@{spec.variant}" if spec.variant else spec.name


def _fetchable(spec: Spec, network: str) -> str:
    """The bundled spec that is this network whole, as others may have another head; else the spec itself."""
    for name in bundled_names():
        found: list[Diagnostic] = []
        location = locate(name, found.append)
        document = read_document(location, (), Files(found.append)) if location else None
        if document is None or document.root.entry("pretrained") is None:
            continue
        for variant in document.variants or (None,):
            if network in declared(document.root, variant).values():
                return f"{name}@{variant}" if variant else name
    return spec.file if spec.folder is not None else spec.shown
