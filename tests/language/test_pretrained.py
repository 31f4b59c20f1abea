"""What a spec declares under `pretrained`, and what a run's own spec keeps of it."""

from pathlib import Path

import pytest

from cnnspec.analysis import analyse
from cnnspec.language.bundled import bundled_names, bundled_text
from cnnspec.language.bundled_variants import bundled_variants
from cnnspec.language.pretrained import KERAS_APPLICATIONS, declared
from cnnspec.runs.resolved import resolved_spec

DECLARING = [name for name in bundled_names() if "\npretrained:" in bundled_text(name)]


def test_no_two_bundled_specs_declare_the_same_weights() -> None:
    """So that the command that fetches them is told without doubt."""
    found = [
        network
        for name in DECLARING
        for variant in bundled_variants(name) or (None,)
        for network in declared(analyse(f"{name}@{variant}" if variant else name).spec.root, variant).values()
    ]
    assert len(set(found)) == len(found) and set(found) <= set(KERAS_APPLICATIONS) and len(found) >= 35


@pytest.mark.parametrize("name", DECLARING)
def test_the_spec_of_a_run_keeps_what_its_variant_declares(name: str, tmp_path: Path) -> None:
    """It has no variants any more, and no mistake."""
    spec = analyse(name).spec
    (tmp_path / "again.yaml").write_text(resolved_spec(spec, {}))
    again = analyse(str(tmp_path / "again.yaml"))
    assert not again.wrong
    assert declared(again.spec.root, None) == declared(spec.root, spec.variant) != {}
