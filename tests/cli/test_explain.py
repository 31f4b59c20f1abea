"""`cnnspec explain`: places and what is said of them, in every form, and where nothing is so called."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cnnspec.cli.app import carried_out

BASE = """cnnspec: 1
name: base
vars: {width: 8, lr: 1e-3, half: "${width // 2}"}
variants: {small: {width: 4}, large: {width: 32}}
default_variant: small
defaults: {conv: {padding: same}, inherited: true}
blocks:
  two:
    params: {filters: required, stride: 1}
    layers:
      - conv: {filters: $filters, kernel_size: 3, strides: $stride, activation: relu}
inputs: {image: [8, 8, 1]}
model:
  first part:
    - two: {filters: $width}
    - two: {filters: $half, stride: 2, name: second}
  head: [global_avg_pool, dense: {units: 10, activation: softmax}]
training: {epochs: 3, optimizer: {adam: {learning_rate: $lr}}, loss: auto}
"""
MINE = """cnnspec: 1
name: mine
extends: base.yaml@large
vars: {lr: 1e-2}
training: {epochs: 5}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec that extends another one, in the current folder."""
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "mine.yaml").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command prints."""
    code = carried_out(["explain", *words])
    printed = capsys.readouterr()
    assert not code, printed.err
    return printed.out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command says where it ends with 1."""
    with pytest.raises(SystemExit) as ended:
        carried_out(["explain", *words])
    assert ended.value.code == 1
    return capsys.readouterr().err


def origins(text: str) -> list[tuple[str, str]]:
    """Place and value of each place that a value has gone through."""
    found = json.loads(text)["sections"]
    return [(o["at"], o["written"]) for s in found for p in s["parts"] for o in p.get("origins", ())]


def test_a_walk_names_every_stage_and_the_sums_of_the_network(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "mine.yaml")
    assert all(f"\n {title}\n" in text for title in ("first part", "head"))
    assert "It reads (8, 8, 1) and gives (4, 4, 16)" in " ".join(text.split())
    assert "5,114 parameters" in " ".join(text.split())


@pytest.mark.parametrize(
    ("place", "title"),
    [
        ("first part", "the stage first part"),
        ("first_part", "the stage first part"),
        ("first_part.two1.conv1", "first_part.two1.conv1: conv"),
        ("base.yaml:11", "first_part.two1.conv1: conv"),
        ("./base.yaml:11", "first_part.two1.conv1: conv"),
        ("outputs", "outputs"),
        ("second", "first_part.second: two"),
        ("head.dense1.activation", "activation of head.dense1"),
        ("mine.yaml:5", "training"),
        ("training.loss", "training.loss"),
        ("image", "image: input"),
    ],
)
def test_a_place_is_a_stage_a_layer_an_argument_a_line_or_a_key(
    place: str, title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert title in said(capsys, "mine.yaml", place).split("\n")[0]


@pytest.mark.parametrize(
    ("place", "settings", "expected"),
    [
        ("training.epochs", (), [("base.yaml:18", "3"), ("mine.yaml:5", "5")]),
        (
            "training.epochs",
            ("training.epochs=9",),
            [("base.yaml:18", "3"), ("mine.yaml:5", "5"), ("--set", "training.epochs=9")],
        ),
        (
            "training.optimizer.adam.learning_rate",
            ("vars.lr=0.5",),
            [("base.yaml:18", "$lr"), ("base.yaml:3", "1e-3"), ("mine.yaml:4", "1e-2"), ("--set", "vars.lr=0.5")],
        ),
        ("vars.width", (), [("base.yaml:3", "8"), ("base.yaml:4", "32")]),
        ("vars.half", (), [("base.yaml:3", "${width // 2}"), ("base.yaml:3", "8"), ("base.yaml:4", "32")]),
        ("training.seed", (), []),
        ("first_part.two1.conv1.padding", (), [("base.yaml:6", "padding: same")]),
        (
            "first_part.two1.conv1.filters",
            (),
            [
                ("base.yaml:11", "filters: $filters"),
                ("base.yaml:15", "filters: $width"),
                ("base.yaml:3", "8"),
                ("base.yaml:4", "32"),
            ],
        ),
        (
            "first_part.second.conv1.strides",
            (),
            [("base.yaml:11", "strides: $stride"), ("base.yaml:16", "stride: 2")],
        ),
    ],
)
def test_a_value_tells_the_places_that_it_has_gone_through_in_order(
    place: str, settings: tuple[str, ...], expected: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Files the base first, variables after what names them, and --set last."""
    more = [word for setting in settings for word in ("--set", setting)]
    found = origins(said(capsys, "mine.yaml", place, "--format", "json", *more))
    assert [(at, text.strip('"')) for at, text in found] == expected


@pytest.mark.parametrize(
    ("place", "over", "does"),
    [
        ("training.epochs", "{epochs: 5}", "written here, in place of it"),
        ("training", "{epochs: 5}", "written here, laid over it key by key"),
        ("training.optimizer", "{optimizer: {sgd: 0.1}}", "written here, in place of it"),
        ("training.loss", "{loss: null}", "written here, and takes it out"),
    ],
)
def test_a_value_tells_what_it_does_to_the_one_before_it(
    place: str, over: str, does: str, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    """A map is laid over a map; a value, and another kind, take its place; null takes it out."""
    (folder / "mine.yaml").write_text(MINE.replace("{epochs: 5}", over))
    assert does in " ".join(said(capsys, "mine.yaml", place).split())


def test_a_value_that_is_not_written_is_told_to_be_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(said(capsys, "mine.yaml", "training.batch_size").split())
    assert "Nothing is written of it: it is the default, 32." in text


@pytest.mark.parametrize(
    ("place", "help"),
    [
        ("hed", "write head"),
        ("first_part.two1.conv2", "write first_part.two1.conv1"),
        ("training.los", "write training.loss"),
        ("base.yaml:99", "18 lines"),
        ("base.yaml:0", "18 lines"),
        ("other.yaml:3", "write base.yaml:3 or mine.yaml:3"),
        ("nothing of the kind", "name a stage (first_part, head)"),
        ("", "name a stage"),
        ("head.dense1.colour", "name a stage"),
        ("vars" + ".a" * 50_000, "name a stage"),
        ("\x1b[31m", r"\x1b[31m"),
        ("training.batch_size.more", "has no training.batch_size.more"),
    ],
)
def test_what_is_nowhere_is_refused_with_what_there_is(
    place: str, help: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = " ".join(refused(capsys, "mine.yaml", place).split())
    assert "error[unknown-place]" in text and help in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_text_fits_the_page(width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """But for drawings, which are 60 cells wide, and formulas that cannot be broken."""
    monkeypatch.setenv("COLUMNS", str(width))
    for place in ((), ("first_part.two1.conv1",), ("head.dense1",), ("training.loss",), ("vars.lr",)):
        for line in said(capsys, "mine.yaml", *place).split("\n"):
            assert len(line) <= max(width, 66) or "·" in line


def test_markdown_has_formulas_as_latex_and_text_in_it_is_text(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "base.yaml").write_text(BASE.replace("first part", "<script>"))
    text = said(capsys, "mine.yaml", "first_part.two1.conv1".replace("first_part", "script"), "--format", "markdown")
    assert r"$$" + "\n" + r"y_{i, j, f} = b_{f} + \sum_{a=0}^{2} \sum_{b=0}^{2}" in text
    assert "<script>" not in said(capsys, "mine.yaml", "--format", "markdown")


@pytest.mark.parametrize(
    ("data", "said_of_it"),
    [
        ("{source: digits}", "The data's source digits gives it as it is."),
        ("{source: image_folder, train: photos}", "The data's source image_folder makes it of a picture."),
    ],
)
def test_an_input_tells_its_shape_and_what_the_data_makes_it_of(
    data: str, said_of_it: str, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "base.yaml").write_text(f"{BASE}data: {data}\n")
    text = " ".join(said(capsys, "mine.yaml", "image").split())
    assert "(8, 8, 1) of float32" in text and said_of_it in text


def test_the_worked_convolution_is_that_of_a_convolution(capsys: pytest.CaptureFixture[str]) -> None:
    """Worked out once more by hand: a row of zeros around the picture, and nine products for each place."""
    picture = [[0, 0, 1, 1, 1], [0, 0, 1, 1, 1], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 0, 1, 0, 0]]
    around = [[0] * 7, *([0, *row, 0] for row in picture), [0] * 7]
    same = [[sum(around[i + a][j + 2] - around[i + a][j] for a in range(3)) for j in range(5)] for i in range(5)]
    text = said(capsys, "mine.yaml", "first_part.two1.conv1")
    rows = [
        [int(n) for n in re.findall(r"-?\d+", line)]
        for line in text.split("\n")
        if re.match(r"   \d \d \d \d \d ", line)
    ]
    assert [row[:5] for row in rows] == picture
    assert [row[-5:] for row in rows] == same
    assert [row[8:11] for row in rows[:3]] == [row[1:4] for row in same[1:4]]


def test_nothing_of_tensorflow_is_loaded(folder: Path) -> None:
    program = (
        "import sys; from cnnspec.cli.app import carried_out\n"
        "carried_out(['explain', 'mine.yaml', 'first_part.two1.conv1'])\n"
        "print(sorted({'tensorflow', 'keras', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=folder)
    assert done.stdout.strip().endswith("[]")


def test_a_variable_names_the_entries_that_read_it_and_not_the_padding_in_front(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    """A block is named where its use reads the variable; a parameter of the same name is another thing."""
    (folder / "uses.yaml").write_text("""cnnspec: 1
name: uses
vars: {w: 4, f: 2}
blocks:
  one: {params: {f: required}, layers: [conv: {filters: $f, kernel_size: 3, padding: 1}]}
inputs: {image: [8, 8, 1]}
model:
  body:
    - conv: {filters: $w, kernel_size: 3, padding: [[1, 0], [0, 1]], norm: batch, activation: relu}
    - residual: [conv: {filters: $w, kernel_size: 3, padding: same}]
    - one: {f: $w, repeat: 2}
    - squeeze_excite: $f
""")

    def readers(variable: str) -> list[str]:
        sections = json.loads(said(capsys, "uses.yaml", variable, "--format", "json"))["sections"]
        return [point for section in sections for part in section["parts"] for point in part.get("points", ())]

    assert readers("vars.w") == ["body.conv1", "body.residual1.conv1", "body.one1", "body.one2"]
    assert readers("vars.f") == ["body.squeeze_excite1"]


def test_an_empty_place_is_called_empty(capsys: pytest.CaptureFixture[str]) -> None:
    for place in ("", " "):
        assert "the place is empty\n" in refused(capsys, "mine.yaml", place)


def test_a_half_is_rounded_up(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Three blocks of a half each: 0.125; the numbers are those of Python's decimals."""
    entries = ", ".join(["residual: [conv: {filters: 1, kernel_size: 1}]"] * 3)
    (folder / "halves.yaml").write_text(
        f"cnnspec: 1\nname: halves\ninputs: {{image: [8, 8, 1]}}\nmodel: {{body: [{entries}]}}\n"
    )
    text = said(capsys, "halves.yaml", "body.residual1")
    assert re.search(r"product of 3, without shortcuts +0\.001 +0\.125 +-0\.001\n", text)
    assert re.search(r"product of 3, with them +1\.33 +3\.38 +0\.729\n", text)


def committed(folder: Path, *files: str) -> None:
    """A repository in the folder, with these files in its first revision."""
    as_somebody = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "--quiet"), ("add", *files), (*as_somebody, "commit", "--quiet", "--message", "first")):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        subprocess.run(["git", *words], cwd=folder, check=True, env=environment)


def test_a_line_of_a_file_in_a_revision_is_found_by_the_file_and_the_help_names_the_line(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    committed(folder, "base.yaml", "mine.yaml")
    for place in ("base.yaml:16", "git:HEAD:base.yaml:16"):
        assert "git:HEAD:base.yaml:16" in said(capsys, "git:HEAD:mine.yaml", place).split("\n")[0]
    told = refused(capsys, "git:HEAD:mine.yaml", "other.yaml:16")
    (help,) = re.findall(r"help: write (.*)", told)
    for place in help.split(" or "):
        assert place.endswith(":16")
    assert said(capsys, "git:HEAD:mine.yaml", help.split(" or ")[0])


def test_the_figures_are_those_of_the_summary_with_all_parameters_beside_the_trainable_ones(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    """As the page says: `parameters` with moving averages, which the summary's column leaves out."""
    (folder / "normed.yaml").write_text("""cnnspec: 1
name: normed
inputs: {image: [8, 8, 1]}
model: {body: [conv: {filters: 4, kernel_size: 3, norm: batch}, squeeze_excite: 2, conv: {filters: 2, kernel_size: 3}]}
""")
    carried_out(["summary", "normed.yaml", "--layers", "--format", "json"])
    (summed,) = json.loads(capsys.readouterr().out)
    carried_out(["summary", "normed.yaml", "--layers"])
    table = capsys.readouterr().out
    for layer in summed["layers"][1:]:
        sections = json.loads(said(capsys, "normed.yaml", layer["name"], "--format", "json"))["sections"]
        told: dict[str, int] = {}
        for part in (part for section in reversed(sections) for part in section["parts"]):
            told.update({name: row["value"] for name, row in part.get("figures", {}).items()})
        names = ("parameters", "trainable", "multiply-adds", "receptive field")
        keys = ("params", "trainable_params", "macs", "receptive_field")
        assert [told[name] for name in names] == [layer[key] for key in keys], layer
    assert re.search(r"conv1\.batch_norm +(batch_norm +)?6×6×4 +8 ", table)
