"""The page on which a network is tried: in a real browser, and asked by whoever should not be answered."""

import http.client
import io
import json
import os
import re
import shutil
import signal
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnspec import Demo, Rejected, load, open_run
from cnnspec.reports.demo.page import demo_page
from cnnspec.reports.demo.server import LARGEST
from tests.support.devtools import Page
from tests.support.devtools import page as opened
from tests.support.places import ENVIRONMENT
from tests.support.warm_start import warm_start

HOSTILE = "<img src=x onerror=alert(1)>"
PICTURES = """cnnspec: 1
name: pictures
inputs: {image: [12, 12, 3]}
model:
  - rescaling: 0.004
  - conv: {filters: 4, kernel_size: 3, activation: relu}
  - flatten
  - dense: {units: 2, activation: softmax}
data: {source: image_folder, train: photos}
training: {epochs: 4, batch_size: 4, optimizer: {adam: 0.01}, loss: auto, seed: 1}
"""
TEXTS = """cnnspec: 1
name: texts
inputs: {tokens: {shape: [6], dtype: int32}}
model: [embedding: {input_dim: 20, output_dim: 4}, global_avg_pool, {dense: {units: 2, activation: softmax}}]
data: {source: table, train: reviews.csv, text: {column: text}, label: {column: kind}}
training: {epochs: 2, batch_size: 4, optimizer: {adam: 0.01}, loss: auto, seed: 1}
"""
SIGNALS = """cnnspec: 1
name: signals
inputs: {signal: [40, 1]}
model:
  - conv: {filters: 4, kernel_size: 5, activation: relu}
  - global_avg_pool
  - dense: {units: 2, activation: softmax}
data: {source: arrays, train: train.npz}
training: {epochs: 1, batch_size: 4, loss: auto, seed: 1}
"""


def picture(colour: str) -> bytes:
    """A picture of one colour, as PNG."""
    content = io.BytesIO()
    Image.new("RGB", (20, 20), colour).save(content, "PNG")
    return content.getvalue()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of pictures, one class of which is called as no class should be, of texts, and of signals."""
    folder = tmp_path_factory.mktemp("demo")
    random = np.random.default_rng(0)
    for name, channel in ((HOSTILE, 0), ("blue", 2)):
        (folder / "photos" / name.replace("/", "")).mkdir(parents=True)
        for number in range(8):
            pixels = random.integers(0, 60, (12, 12, 3))
            pixels[..., channel] += 180
            Image.fromarray(pixels.astype("uint8")).save(folder / "photos" / name / f"{number}.png")
    (folder / "reviews.csv").write_text("text,kind\n" + "a good film,fine\na bad film,poor\n" * 6)
    np.savez(folder / "train.npz", x=random.normal(size=(12, 40, 1)).astype("float32"), y=np.arange(12) % 2)
    for spec in (PICTURES, TEXTS, SIGNALS):
        name = re.findall("name: (.*)", spec)[0]
        (folder / f"{name}.yaml").write_text(spec)
        load(folder / f"{name}.yaml").train(runs=folder / "runs")
    return folder


@pytest.fixture(scope="module")
def demo(place: Path) -> Iterator[Demo]:
    """The page of the run of pictures."""
    with open_run(place / "runs" / "pictures-1").demo() as demo:
        yield demo


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page of a browser."""
    with opened() as there:
        yield there


READY = "document.getElementById('about').textContent"
LOOKED = "!document.getElementById('looked').hidden"


def rows(page: Page) -> dict[str, float]:
    """The classes that the page shows with their bars."""
    told = page.value(
        "JSON.stringify([...document.querySelectorAll('.guess')].map("
        "(row) => [row.querySelector('.name').textContent, row.querySelector('meter').value]))"
    )
    return dict(json.loads(told))


def test_in_a_browser_pictures_are_chosen_dropped_and_drawn(demo: Demo, page: Page, place: Path) -> None:
    """What the page says is what the run predicts; a class called as markup is text; nothing complains or goes away."""
    run = open_run(place / "runs" / "pictures-1")
    (place / "red.png").write_bytes(picture("#c02020"))
    page.looks(1100)
    page.open(demo.url)
    page.until(READY)
    page.choose("#picture-file", place / "red.png")
    page.until(LOOKED)
    (said,) = run.predict(files=place / "red.png").examples
    expected = {guess.name: guess.probability for guess in said.outputs[0].guesses}
    assert rows(page) == pytest.approx(expected, abs=1e-6) and next(iter(rows(page))) == HOSTILE
    assert page.value("document.getElementById('state').textContent") == HOSTILE
    assert HOSTILE in page.value("document.getElementById('about').textContent")
    assert page.value("document.querySelectorAll('#seen img').length") >= 2
    page.value(DROP)
    page.until(f"document.getElementById('given').textContent === 'dropped.png' && {LOOKED}")
    assert next(iter(rows(page))) == "blue"
    page.draw("#canvas", (0.2, 0.2), (0.5, 0.5), (0.8, 0.8))
    page.until(f"document.getElementById('given').textContent === 'your drawing' && {LOOKED}")
    (place / "broken.png").write_bytes(b"no picture")
    page.choose("#picture-file", place / "broken.png")
    page.until("document.querySelector('.wrong')")
    assert page.value("document.querySelector('.wrong').textContent").startswith("broken.png ")
    assert all(url.startswith(demo.url) for url in page.requests) and len(page.requests) >= 8
    assert page.errors == [] and page.value("document.querySelectorAll('img[src=x]').length") == 0


DROP = """
(async () => {
  const canvas = new OffscreenCanvas(20, 20), pen = canvas.getContext("2d");
  pen.fillStyle = "#2020c0"; pen.fillRect(0, 0, 20, 20);
  const moved = new DataTransfer();
  moved.items.add(new File([await canvas.convertToBlob()], "dropped.png", {type: "image/png"}));
  dispatchEvent(new DragEvent("drop", {dataTransfer: moved, cancelable: true}));
})()
"""


def test_in_a_browser_a_text_is_typed_and_a_signal_given(page: Page, place: Path) -> None:
    """The words are coloured, the signal is drawn; on a phone nothing is too wide, in the dark it is dark."""
    with open_run(place / "runs" / "texts-1").demo() as demo:
        page.looks(390, dark=True)
        page.open(demo.url)
        page.until(READY)
        page.value("document.getElementById('words').value = 'a good film'")
        page.value("document.getElementById('text').requestSubmit()")
        page.until(LOOKED)
        (said,) = open_run(place / "runs" / "texts-1").predict(texts="a good film").examples
        expected = {guess.name: guess.probability for guess in said.outputs[0].guesses}
        assert rows(page) == pytest.approx(expected, abs=1e-6)
        assert page.value(
            "[...document.querySelectorAll('.words span')].map((word) => word.textContent).join(' ')"
        ) == ("a good film")
        assert page.value("document.documentElement.scrollWidth") <= 390
        assert page.value("getComputedStyle(document.body).backgroundColor") == "rgb(14, 20, 32)"
    with open_run(place / "runs" / "signals-1").demo() as demo:
        np.save(place / "one.npy", np.zeros((2, 40, 1), "float32"))
        page.open(demo.url)
        page.until(READY)
        page.choose("#any-file", place / "one.npy")
        page.until(LOOKED)
        assert len(rows(page)) == 2 and page.value("document.querySelectorAll('#seen img').length") == 1
        assert "the first of 2 examples" in page.value("document.getElementById('remarks').textContent")
    assert page.errors == []


def asked(demo: Demo, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Mapping[str, str], Any]:
    """Status, headers and answer of a request."""
    port = int(demo.url.rpartition(":")[2].strip("/"))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    usual = {"Host": f"127.0.0.1:{port}", "Content-Type": "application/octet-stream"}
    if method == "POST":
        usual["Content-Length"] = str(len(body))
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in {**usual, **given}.items():
        if value:
            connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    told = answer.read()
    connection.close()
    return answer.status, dict(answer.headers), json.loads(told) if told[:1] == b"{" else told


REFUSED = {
    "another name of this machine": ("GET", "/", {"Host": "evil.example"}, 403),
    "another name with the port": ("POST", "/predict", {"Host": "evil.example:80"}, 403),
    "no name": ("GET", "/trial", {"Host": ""}, 403),
    "a page of another site": ("POST", "/predict", {"Origin": "http://evil.example"}, 403),
    "a page without a site": ("POST", "/predict", {"Origin": "null"}, 403),
    "a picture on another site": ("GET", "/", {"Sec_Fetch_Site": "cross-site"}, 403),
    "a form": ("POST", "/predict", {"Content_Type": "text/plain"}, 415),
    "no length": ("POST", "/predict", {"Content_Length": ""}, 411),
    "a wrong length": ("POST", "/predict", {"Content_Length": "-5"}, 411),
    "too large a file": ("POST", "/predict?name=a.png", {"Content_Length": str(LARGEST + 1)}, 413),
    "too long a text": ("POST", "/predict", {"Content_Length": "100001"}, 413),
    "another place": ("GET", "/etc/passwd", {}, 404),
    "a place above": ("GET", "/../page.js", {}, 404),
    "another method": ("PUT", "/", {}, 501),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_whoever_else_asks_is_refused(kind: str, demo: Demo) -> None:
    """And allowed nothing."""
    method, path, headers, status = REFUSED[kind]
    code, told, _ = asked(demo, method, path, b"", **headers)
    assert code == status
    assert not [name for name in told if name.lower().startswith("access-control")]


def test_the_page_is_under_a_strict_policy(demo: Demo) -> None:
    """Nothing of a run stands in it; its style and script are the ones that the policy names."""
    code, headers, page = asked(demo, "GET", "/")
    assert (code, page) == (200, demo_page()[0]) and HOSTILE.encode() not in page
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "unsafe" not in policy
    assert "connect-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"


def test_a_file_is_called_as_its_own_name_and_put_nowhere_else(demo: Demo, place: Path) -> None:
    """Whatever the name is."""
    for name, called in (("../../escaped.png", "escaped.png"), ("a%00b.png", "a\\x00b.png"), ("", "text")):
        path = f"/predict?name={name}" if name else "/predict"
        code, _, said = asked(demo, "POST", path, b"none")
        assert code == 200 and said["problems"], said
        assert called in said["problems"][0]["message"] or not name
        assert "/tmp" not in json.dumps(said)
    code, _, said = asked(demo, "POST", "/predict?name=a.png", picture("#2020c0"))
    assert code == 200 and said["outputs"][0]["guesses"][0]["name"] == "blue"


def test_a_port_in_use_is_told_before_anything_is_loaded(place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Rejected, match=rf"port {port} is in use\n.*--port 0"):
            open_run(place / "runs" / "pictures-1").demo(port)


def test_ctrl_c_ends_the_command(place: Path) -> None:
    """It says where the page is, and ends with 0; the port is free again."""
    process = warm_start().start(["demo", "texts-1", "--port", "0"], place, ENVIRONMENT)
    while not (found := re.search(r"http://127\.0\.0\.1:(\d+)/", process.said[0].decode())):
        assert process.poll() is None, process.said
    with socket.create_connection(("127.0.0.1", int(found[1])), timeout=60):
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(60) == 0, process.said
    assert shutil.which("chromium") is None or b"Traceback" not in process.said[1]
