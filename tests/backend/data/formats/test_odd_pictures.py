"""Every awkward picture beside this checkout is read as Pillow reads it or refused, within bounded memory."""

import io
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnspec.backend.data.formats.bad_picture import BadPicture
from cnnspec.backend.data.formats.decode_picture import look, read_picture
from cnnspec.backend.data.pixels import Reading
from tests.support.pillow_reading import as_pillow_reads
from tests.support.places import SHARED

ODD = SHARED / "odd-images"
pytestmark = pytest.mark.skipif(not ODD.is_dir(), reason="the shared odd pictures are not beside this checkout")

REFUSED = {
    "16bit.cropped.tif": "is a TIFF; expected a JPEG, PNG, GIF, BMP or WebP picture",
    "broken.png": "is a damaged PNG",
    "broken_data_stream.png": "is a PNG that is cut short",
    "decompression_bomb.gif": "claims 65,535 x 66,601 pixels; expected at most",
    "truncated_end_chunk.png": "is a PNG that is cut short",
    "truncated_image.png": "is a PNG that is cut short",
    "truncated_jpeg.jpg": "is a JPEG that is cut short",
    "ultrahdr.jpg": "is a JPEG that is cut short",
    "zero_width.gif": "is a GIF whose picture has 0 x 1,321 pixels",
}
"""What is refused, and why; Pillow refuses all of them but the TIFF, too."""

BEYOND_PILLOW = {"png_decompression_dos.png": (1, 1), "unknown_compression_method.png": (57, 57)}
"""What Pillow's bounds on texts and profiles refuse; the picture beside them is sound, and read."""


def names() -> list[str]:
    return [line.split("\t")[0] for line in (ODD / "INDEX.tsv").read_text().splitlines()] if ODD.is_dir() else []


def by_pillow(path: Path, channels: int) -> np.ndarray:
    """Pillow's reading; of 16-bit grey, where it would cut off at 255, the upper byte, the transparent grey white."""
    data = path.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data)) as opened:
            if opened.mode != "I;16":
                return np.asarray(as_pillow_reads(data, channels))
            numbers = np.asarray(opened)
            clear = numbers == opened.info["transparency"]
    grey = (numbers >> 8).astype(np.uint8)
    if channels == 4:
        return np.stack([grey, grey, grey, np.where(clear, 0, 255).astype(np.uint8)], -1)
    grey[clear] = 255
    return grey if channels == 1 else np.stack([grey] * 3, -1)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("name", [name for name in names() if Path(name).name not in (*REFUSED, *BEYOND_PILLOW)])
def test_each_is_read_as_pillow_reads_it(name: str, channels: int) -> None:
    """Upright, converted, pixel by pixel at its own size."""
    wanted = by_pillow(ODD / name, channels)
    found = read_picture(ODD / name, Reading(wanted.shape[0], wanted.shape[1], channels))
    assert np.array_equal(found.reshape(wanted.shape), wanted)


@pytest.mark.parametrize(("name", "size"), BEYOND_PILLOW.items())
def test_a_sound_picture_beside_a_bomb_is_read(name: str, size: tuple[int, int]) -> None:
    assert read_picture(ODD / "pillow" / name, Reading(*size, 3)).shape == (*size, 3)


@pytest.mark.parametrize(("name", "reason"), REFUSED.items())
def test_each_of_the_others_is_refused_with_a_reason(name: str, reason: str) -> None:
    """When it is decoded; and before training, as far as the header and the end of the file tell."""
    with pytest.raises(BadPicture, match="expected") as refused:
        read_picture(ODD / "pillow" / name, Reading(8, 8, 3))
    looked = str(look(ODD / "pillow" / name))
    assert reason in str(refused.value) or reason in looked
    assert name == "ultrahdr.jpg" or reason in looked


MEMORY = """
import resource, sys, time
from pathlib import Path
import tensorflow
from cnnspec.backend.data.formats.decode_picture import look, read_picture
from cnnspec.backend.data.pictures import side_by_side
from cnnspec.backend.data.pixels import Reading
from cnnspec.backend.data.formats.bad_picture import BadPicture

def read(path):
    try:
        return read_picture(path, Reading(224, 224, 3)).shape
    except BadPicture as problem:
        return str(problem)

files = [path for path in sorted(Path(sys.argv[1]).rglob("*")) if path.is_file()]
pages = int(Path("/proc/self/statm").read_text().split()[1])
before = time.process_time()
side_by_side(look, files)
done = side_by_side(read, files)
# Its own: what getrusage tells begins with what the process had that started this one.
status = Path("/proc/self/status").read_text().splitlines()
most = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024
print(len(done), time.process_time() - before, (most - pages * resource.getpagesize()) / 1e6)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory in use from /proc")
def test_all_of_them_are_read_within_600_megabytes() -> None:
    """Over TensorFlow's own, and in seconds; the bombs among them would take gigabytes."""
    result = subprocess.run(
        [sys.executable, "-c", MEMORY, str(ODD)], capture_output=True, text=True, timeout=300, check=True
    )
    count, seconds, megabytes = result.stdout.split()[-3:]
    assert int(count) > 70 and float(seconds) < 60 and float(megabytes) < 600
    assert "Warning" not in result.stderr and "Corrupt" not in result.stderr
