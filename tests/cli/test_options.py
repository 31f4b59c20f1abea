"""Which files commands take, write and complete."""

from pathlib import Path

import pytest

from cnnspec.cli.completers import complete_bundled, complete_spec
from tests.support.program import run

USAGE = 2


def said(*arguments: str) -> tuple[int, str]:
    """The exit code and everything printed."""
    done = run(*arguments, folder=Path.cwd())
    return done.returncode, (done.stdout + done.stderr).decode()


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("name", "written"), [("mine", "mine.yaml"), ("mine.yml", "mine.yml")])
def test_a_first_spec_is_a_yaml_file(name: str, written: str) -> None:
    assert said("init", name)[0] == 0
    assert sorted(path.name for path in Path().iterdir()) == ["cnnspec.schema.json", written]


def test_a_first_spec_with_another_ending_is_refused() -> None:
    code, output = said("init", "x.txt")
    assert code == USAGE and not list(Path().iterdir())
    assert "x.txt does not end in .yaml" in output and "cnnspec init x.yaml" in output


def test_a_folder_without_specs_is_no_success() -> None:
    Path("empty").mkdir()
    code, output = said("validate", "empty")
    assert code == USAGE and "there is no spec in empty" in output


def test_a_folder_stands_for_the_specs_in_it() -> None:
    for name in ("a.yaml", "b.yml", "c.txt"):
        Path(name).write_text("cnnspec: 1\nname: small\ninputs: {x: [4]}\nmodel: [dense: 3]\n")
    assert said("validate", ".") == (0, "a.yaml: fine\nb.yml: fine\n")


def test_specs_and_their_variants_are_completed() -> None:
    Path("resnet-mine.yaml").write_text("cnnspec: 1\nvariants: {small: {}, large: {}}\n")
    resnets = ["resnet", "resnet-1d", "resnet-cifar", "resnet-keras", "resnet-v2"]
    assert complete_bundled("resnet") == resnets
    assert complete_spec("resnet") == [*resnets, "resnet-mine.yaml"]
    assert complete_spec("resnet@1") == ["resnet@18", "resnet@101", "resnet@152"]
    assert complete_spec("resnet-mine.yaml@") == ["resnet-mine.yaml@small", "resnet-mine.yaml@large"]
    assert complete_spec("nothing@") == complete_spec("@") == []


def test_a_link_that_leads_nowhere_is_not_replaced() -> None:
    Path("mine.yaml").symlink_to("elsewhere.yaml")
    code, output = said("init", "mine.yaml")
    assert code == USAGE and "mine.yaml is there already" in output and Path("mine.yaml").is_symlink()


def test_an_at_sign_alone_names_no_spec() -> None:
    code, output = said("validate", "@")
    assert code == 1 and "names no spec" in output and "resnet@50" in output
