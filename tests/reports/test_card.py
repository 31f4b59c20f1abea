"""A run's card is what the Hub's own client reads, and every text of the run's is text in it."""

import json
import re
from pathlib import Path

import pytest
from huggingface_hub import HfApi, ModelCard

from cnnspec.api.sharing import laid_out, packed, upload_command
from cnnspec.runs.folder import open_run
from tests.support.hub_stand_in import standing_in
from tests.support.packed_runs import SPEC, below, untrained_run

NASTY = "<img src=x onerror=alert(1)>\n---\n```\n# heading [link](http://x)"


def card_of(run: Path, folder: Path) -> str:
    return (laid_out(open_run(run), "ada/small", folder).file / "README.md").read_text()


def test_the_hub_reads_the_card(tmp_path: Path) -> None:
    """Library, tags, task, the figures of the test split; the licence is left to whoever publishes it."""
    data = ModelCard(card_of(untrained_run(tmp_path / "small-1"), tmp_path / "hub")).data
    assert (data.library_name, data.license, data.pipeline_tag) == ("keras", None, "image-classification")
    assert data.tags == ["cnnspec", "image-classification"] and data.model_name == "small-1"
    assert data.eval_results is not None
    (result,) = data.eval_results
    assert (result.metric_type, result.metric_value, result.dataset_split) == ("loss", 1.25, "test")
    assert (result.task_type, result.dataset_type) == ("image-classification", "digits")


def test_a_run_without_figures_or_a_whole_spec_has_a_card_all_the_same(tmp_path: Path) -> None:
    run = untrained_run(tmp_path / "small-1")
    (run / "result.json").unlink()
    (run / "metrics.jsonl").unlink()
    (run / "spec.yaml").write_text("cnnspec: 1\nname: small\nmodel: [nothing: 3]\n")
    data = ModelCard(card_of(run, tmp_path / "hub")).data
    assert data.library_name == "keras" and data.eval_results is None and data.pipeline_tag is None


def test_every_text_of_a_run_is_text(tmp_path: Path) -> None:
    """None of them ends the front matter or a fence, or is markup."""
    run = untrained_run(tmp_path / "small-1")
    (run / "spec.yaml").write_text(SPEC + f"description: {json.dumps(NASTY)}\n")
    (run / "written" / "small.yaml").write_text(f"# {NASTY}\n{SPEC}")
    facts = json.loads((run / "environment.json").read_text()) | {"platform": NASTY, "command": ["cnnspec", NASTY]}
    (run / "environment.json").write_text(json.dumps(facts))
    (run / "data.json").write_text(json.dumps({NASTY: {"size": 1, "sha256": "0"}}))
    (run / "result.json").write_text(json.dumps({"status": "finished", "metrics": {f"test_{NASTY}": 1.0}}))
    text = card_of(run, tmp_path / "hub")
    data = ModelCard(text).data
    assert data.eval_results is not None and "onerror" in data.eval_results[0].metric_type
    body = text.partition("\n---\n")[2]
    outside = re.sub(r"(?ms)^(`{3,})[a-z]*$.*?^\1$", "", body)
    assert "onerror" in outside and not re.search(r"(?<!\\)<img|(?<!\\)\[link", outside)
    assert not re.search(r"(?m)^# heading", outside)


def test_what_is_written_for_the_hub_is_what_the_hub_gets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent by the Hub's own client, which the command that is told runs, to a stand-in on this machine."""
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    run = open_run(untrained_run(tmp_path / "small-1"))
    folder = laid_out(run, "ada/small", tmp_path / "hub").file
    assert upload_command("ada/small", folder) == ["hf", "upload", "ada/small", str(folder)]
    with standing_in() as hub:
        HfApi(endpoint=hub.address, token="hf_none").upload_folder(repo_id="ada/small", folder_path=folder)
    assert hub.files == below(folder)
    assert hub.cards == [(folder / "README.md").read_text()]


def test_making_a_folder_for_the_hub_asks_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **more: object) -> None:
        raise AssertionError("a socket is opened")

    run = open_run(untrained_run(tmp_path / "small-1"))
    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    assert laid_out(run, "ada/small", tmp_path / "hub").files == packed(run, tmp_path / "run.zip").files
