"""A picture is read as Pillow reads it, held upright and converted, or it is refused with a reason."""

import io
import struct
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from cnnspec.backend.data.formats import jpeg, png
from cnnspec.backend.data.formats.bad_picture import BadPicture
from cnnspec.backend.data.formats.decode_picture import MOST_BYTES, decode, look
from cnnspec.backend.data.formats.header import MOST_PIXELS, Header
from cnnspec.backend.data.pictures import Pictures, reading_for, side_by_side
from cnnspec.backend.data.pixels import Reading, Resize
from cnnspec.language.features import Image as ImageSection
from cnnspec.layers.shape import Shape, unknown
from cnnspec.results.failure import RunFailed
from cnnspec.source.diagnostic import Rejected
from cnnspec.source.route import FILE
from tests.support.often import examples
from tests.support.pillow_reading import as_pillow_reads

MODES = {
    "JPEG": ["L", "RGB", "CMYK"],
    "PNG": ["1", "L", "LA", "P", "RGB", "RGBA"],
    "GIF": ["L", "P", "RGB", "RGBA"],
    "BMP": ["1", "L", "P", "RGB"],
    "WEBP": ["RGB", "RGBA"],
}
FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos3": Image.Resampling.LANCZOS,
    "area": Image.Resampling.BOX,
}


def noise(width: int, height: int, mode: str, seed: int) -> Image.Image:
    """A picture of soft random colours, opacity included."""
    small = np.random.default_rng(seed).integers(0, 256, (4, 5, 4), np.uint8)
    soft = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    if mode == "P":
        return soft.convert("RGB").quantize(16)
    return soft if mode == "RGBA" else soft.convert("RGB").convert(mode)


def saved(picture: Image.Image, format: str, held: int = 1, **options: object) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = held
    if held != 1 and format in ("JPEG", "PNG", "WEBP"):
        options["exif"] = exif
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A file of any format, mode, size and orientation."""
    format = draw(st.sampled_from(sorted(MODES)))
    mode = draw(st.sampled_from(MODES[format]))
    width, height = draw(st.tuples(st.integers(1, 60), st.integers(1, 60)))
    options: dict[str, object] = {"progressive": draw(st.booleans())} if format == "JPEG" else {}
    if mode == "P" and format == "PNG" and draw(st.booleans()):
        options["transparency"] = draw(st.one_of(st.integers(0, 15), st.binary(min_size=16, max_size=16)))
    if mode in ("L", "RGB") and format == "PNG" and draw(st.booleans()):
        options["transparency"] = 7 if mode == "L" else (7, 8, 9)
    return saved(noise(width, height, mode, draw(st.integers(0, 99))), format, draw(st.integers(1, 8)), **options)


def fitted_by_pillow(picture: Image.Image, reading: Reading) -> Image.Image:
    size, how = (reading.width, reading.height), FILTERS[reading.interpolation]
    if reading.resize == "crop":
        return ImageOps.fit(picture, size, how)
    if reading.resize == "pad":
        fits = ImageOps.contain(picture, size).size
        return thin(picture, reading, fits) if 0 in fits else ImageOps.pad(picture, size, how, color=0)
    return picture.resize(size, how)


def thin(picture: Image.Image, reading: Reading, fits: tuple[int, int]) -> Image.Image:
    """What Pillow loses, as too thin to be a pixel wide: one pixel wide, in the middle."""
    line = picture.resize((max(1, fits[0]), max(1, fits[1])), FILTERS[reading.interpolation])
    whole = Image.new(picture.mode, (reading.width, reading.height), 0)
    whole.paste(line, (round((reading.width - line.width) * 0.5), round((reading.height - line.height) * 0.5)))
    return whole


readings = st.builds(
    Reading,
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from([1, 3, 4]),
    st.sampled_from(["crop", "pad", "stretch"]),
    st.sampled_from(sorted(FILTERS)),
)


def difference(data: bytes, reading: Reading, wanted: Image.Image) -> int:
    pixels = np.asarray(wanted).reshape(reading.shape)
    return int(np.abs(decode(data, reading).astype(int) - pixels).max())


@settings(max_examples=300, deadline=None)
@given(files(), readings)
def test_pictures_are_read_as_pillow_reads_them(data: bytes, reading: Reading) -> None:
    """Whatever the format, mode, size and orientation: upright, converted and resized by Pillow's own steps."""
    picture = as_pillow_reads(data, reading.channels)
    assert difference(data, reading, fitted_by_pillow(picture, reading)) <= 1


PRECISE = {"JPEG": {"quality": 100, "subsampling": 0}, "PNG": {}, "WEBP": {"lossless": True}}


@pytest.mark.parametrize("held", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_each_orientation_ends_upright(held: int, format: str) -> None:
    """A file written so that a viewer turns it shows the picture that it was made from."""
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    upright = noise(40, 24, "RGB", held)
    stored = upright if held == 1 else upright.transpose(Image.Transpose(undo[held]))
    data = saved(stored, format, held, **PRECISE[format])
    assert difference(data, Reading(24, 40, 3), upright) <= (8 if format == "JPEG" else 0)


XMP = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of(rows: bytes, width: int, height: int, depth: int, kind: int, *more: bytes) -> bytes:
    """A PNG made by hand; each row of `rows` begins with the filter 0."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("name", [b"tEXt", b"zTXt", b"iTXt", b"iTXt packed"])
def test_orientation_is_found_in_the_texts_of_a_png(name: bytes) -> None:
    """ImageMagick writes EXIF as hexadecimal text, others write XMP; both may be packed."""
    exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    raw = f"\nexif\n{len(exif):8}\n{exif.hex()}\n".encode()
    texts = {
        b"tEXt": b"Raw profile type exif\0" + raw,
        b"zTXt": b"Raw profile type exif\0\0" + zlib.compress(raw),
        b"iTXt": b"XML:com.adobe.xmp\0\0\0\0\0" + XMP,
        b"iTXt packed": b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP),
    }
    data = png_of(b"\0\x0a\x14\0\x1e\x28", 2, 2, 8, 0, chunk(name[:4], texts[name]))
    assert decode(data, Reading(2, 2, 1))[..., 0].tolist() == [[30, 10], [40, 20]]
    assert difference(data, Reading(2, 2, 1), as_pillow_reads(data, 1)) == 0


def test_the_upper_eight_of_sixteen_bits_count() -> None:
    """Pillow cuts 16-bit grey off at 255, which would make nearly all of a picture white."""
    rows = b"\0" + struct.pack(">4H", 0, 255, 256, 65535)
    assert decode(png_of(rows, 4, 1, 16, 0), Reading(1, 4, 1)).ravel().tolist() == [0, 0, 1, 255]


@pytest.mark.parametrize(
    ("depth", "row", "key", "wanted"),
    [
        (1, b"\x40", 1, [0, 255, 0, 0]),
        (2, b"\x1b", 1, [0, 255, 170, 255]),
        (4, b"\x01\x2f", 2, [0, 17, 255, 255]),
        (8, b"\x00\x01\x02\xff", 2, [0, 1, 255, 255]),
        (16, struct.pack(">4H", 0, 1, 256, 257), 257, [0, 0, 1, 255]),
    ],
)
def test_the_transparent_grey_of_a_png_is_white(depth: int, row: bytes, key: int, wanted: list[int]) -> None:
    """A PNG's transparent grey is written in as many bits as its pixels have."""
    data = png_of(b"\0" + row, 4, 1, depth, 0, chunk(b"tRNS", struct.pack(">H", key)))
    assert decode(data, Reading(1, 4, 1)).ravel().tolist() == wanted


def test_the_transparent_colour_of_sixteen_bits_is_white() -> None:
    rows = b"\0" + struct.pack(">6H", 0, 0, 0, 0x1234, 0x5678, 0x9ABC)
    data = png_of(rows, 2, 1, 16, 2, chunk(b"tRNS", struct.pack(">3H", 0x1234, 0x5678, 0x9ABC)))
    assert decode(data, Reading(1, 2, 3)).tolist() == [[[0, 0, 0], [255, 255, 255]]]
    assert decode(data, Reading(1, 2, 4))[0, :, 3].tolist() == [255, 0]


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_the_first_frame_of_an_animation_counts(format: str) -> None:
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    data = saved(first, format, save_all=True, append_images=[second], lossless=True)
    assert decode(data, Reading(8, 8, 3))[0, 0].tolist() == [255, 0, 0] or format == "WEBP"
    assert difference(data, Reading(8, 8, 3), as_pillow_reads(data, 3)) <= 1


@pytest.mark.parametrize("resize", ["crop", "pad", "stretch"])
def test_a_large_photograph_hardly_changes_by_being_decoded_smaller(resize: Resize) -> None:
    """libjpeg decodes it at an eighth, half or quarter of its size: less than one level on average."""
    large = noise(2304, 2048, "RGB", 1)
    rough = np.random.default_rng(0).normal(0, 12, (256, 288, 3))
    grain = Image.fromarray((128 + rough).clip(0, 255).astype(np.uint8)).resize(large.size)
    data = saved(Image.blend(large, grain, 0.3), "JPEG", 6)
    reading = Reading(60, 60, 3, resize)
    assert reading.may_shrink(2304, 2048, 6) == 8
    wanted = np.asarray(fitted_by_pillow(as_pillow_reads(data, 3), reading)).astype(int)
    found = np.abs(decode(data, reading) - wanted)
    assert found.mean() < 0.5 and found.max() < 8


GOOD = [
    saved(noise(20, 12, "RGB", 1), "JPEG"),
    saved(noise(20, 12, "L", 1), "JPEG", 6, progressive=True),
    saved(noise(20, 12, "CMYK", 1), "JPEG", comment="some words"),
    saved(noise(20, 12, "RGBA", 1), "PNG", 6),
    saved(noise(20, 12, "P", 1), "PNG", transparency=3),
    saved(noise(20, 12, "RGB", 1), "PNG", save_all=True, append_images=[noise(20, 12, "RGB", 2)]),
    saved(noise(20, 12, "P", 1), "GIF", save_all=True, append_images=[noise(20, 12, "P", 2)]),
    saved(noise(20, 12, "RGB", 1), "BMP"),
    saved(noise(20, 12, "P", 1), "BMP"),
    saved(noise(20, 12, "RGBA", 1), "WEBP", 6),
]


@settings(max_examples=examples(200, 600), deadline=None)
@given(st.data())
def test_no_change_of_a_file_raises_or_warns(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Whatever bytes change, a file is read or refused with a reason, when looked at and when decoded."""
    content = bytearray(data.draw(st.sampled_from(GOOD)))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([None, data.draw(st.integers(0, len(content)))]))
    path = tmp_path_factory.mktemp("changed") / "picture"
    path.write_bytes(content[:cut])
    assert isinstance(look(path), Header | BadPicture)
    try:
        decode(bytes(content[:cut]), Reading(5, 7, data.draw(st.sampled_from([1, 3, 4]))))
    except BadPicture as problem:
        assert "; expected " in str(problem)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([*GOOD[:5], *GOOD[7:]]), st.floats(0, 0.98))
@example(GOOD[0], 0.0)
def test_a_file_that_is_cut_short_is_refused(content: bytes, part: float) -> None:
    with pytest.raises(BadPicture):
        decode(content[: int(part * len(content))], Reading(5, 7, 3))


def bad(content: bytes) -> str:
    with pytest.raises(BadPicture) as refused:
        decode(content, Reading(4, 4, 3))
    return str(refused.value)


def claiming(content: bytes, at: int, sizes: bytes) -> bytes:
    return content[:at] + sizes + content[at + len(sizes) :]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is an empty file"),
        (b"II*\0" + bytes(40), "is a TIFF"),
        (b"\0\0\0 ftypavif" + bytes(40), "is an AVIF"),
        (b"\0\0\0 ftypheic" + bytes(40), "is a HEIC"),
        (b"%PDF-1.7", "is a PDF"),
        (b"\n<!DOCTYPE html><html>", "is a web page"),
        (b'<?xml version="1.0"?><svg xmlns=', "is an SVG drawing"),
        (b"just words", "is no picture; expected a JPEG, PNG, GIF, BMP or WebP picture"),
        (GOOD[0][:-2], "is a JPEG that is cut short"),
        (GOOD[3][:-1], "is a PNG that is cut short"),
        (GOOD[3][:100] + b"\0\0" + GOOD[3][102:], "is a damaged PNG; expected"),
        (claiming(GOOD[3], 16, struct.pack(">II", 60_000, 60_000)), "claims 60,000 x 60,000 pixels; expected at most"),
        (claiming(GOOD[6], 6, struct.pack("<HH", 65_535, 65_535)), "claims 65,535 x 65,535 pixels"),
        (claiming(GOOD[7], 18, struct.pack("<ii", 30_000, -30_000)), "claims 30,000 x 30,000 pixels"),
        (claiming(GOOD[7], 18, struct.pack("<ii", 0, 5)), "claims 0 x 5 pixels; expected at least one"),
        (claiming(GOOD[7], 30, b"\1"), "is a compressed BMP"),
        (GOOD[6][:120], "is a GIF that is cut short"),
        (b"\xff\xd8\xff\xc0\0\x11\x0c\0\x08\0\x08\3" + bytes(9), "is a JPEG with 3 channels of 12 bits"),
        (b"\xff\xd8\xff\xfe\0\5abc", "is a picture that ends within its header"),
    ],
)  # fmt: skip
def test_what_is_no_sound_picture_is_refused_by_name(content: bytes, reason: str) -> None:
    assert reason in bad(content)


def test_a_jpeg_of_a_thousand_scans_is_refused() -> None:
    """Each of them would cost a pass over all pixels."""
    content = saved(noise(20, 12, "L", 1), "JPEG", progressive=True)
    scan = next(content[start : start + 10] for marker, start, _, _ in jpeg.segments(content) if marker == 0xDA)
    assert "more than 100 scans" in bad(content[:-2] + scan * 1000 + jpeg.END)


def test_a_jpeg_of_endless_comments_is_refused() -> None:
    assert "more than 10,000 segments" in bad(b"\xff\xd8" + b"\xff\xfe\0\2" * 20_000 + GOOD[0][2:])


def test_packed_texts_and_profiles_are_left_alone() -> None:
    """A packed text of a gigabyte costs nothing, since it is not unpacked; the picture is read."""
    packer = zlib.compressobj(9)
    piece = bytes(2**20)
    bomb = b"".join(packer.compress(piece) for _ in range(256)) + packer.flush()
    plain = chunk(b"zTXt", b"Comment\0\0" + bomb)
    known = chunk(b"zTXt", b"Raw profile type exif\0\0" + bomb)
    profile = chunk(b"iCCP", b"icc\0\0" + bomb)
    data = png_of(b"\0\x07", 1, 1, 8, 0, plain, known, profile)
    assert decode(data, Reading(1, 1, 1)).item() == 7
    assert png.essence(data)[0] == png_of(b"\0\x07", 1, 1, 8, 0)


def test_pillows_own_limit_is_left_as_it_is() -> None:
    assert Image.MAX_IMAGE_PIXELS == 1024**3 // 4 // 3 and MOST_PIXELS < Image.MAX_IMAGE_PIXELS


def test_looking_tells_format_and_size_by_content(tmp_path: Path) -> None:
    for number, (content, format) in enumerate(
        [(GOOD[0], "JPEG"), (GOOD[3], "PNG"), (GOOD[6], "GIF"), (GOOD[9], "WebP")]
    ):
        path = tmp_path / f"{number}.bmp"
        path.write_bytes(content)
        header = look(path)
        assert isinstance(header, Header) and (header.format, header.width, header.height) == (format, 20, 12)


def test_looking_finds_what_is_cut_short_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(GOOD[0][:-2] + bytes(200_000))
    assert "is a JPEG that is cut short" in str(look(path))
    path.write_bytes(GOOD[0] + bytes(200_000))
    assert isinstance(look(path), Header)
    assert "cannot be read (No such file" in str(look(tmp_path / "none"))
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    assert "expected at most 67,108,864" in str(look(path))


def test_looking_reads_on_where_a_header_is_long(tmp_path: Path) -> None:
    """A large profile before the frame header pushes it out of the first 64 KiB."""
    path = tmp_path / "a.jpg"
    path.write_bytes(saved(noise(20, 12, "RGB", 1), "JPEG", icc_profile=bytes(300_000)))
    header = look(path)
    assert isinstance(header, Header) and header.width == 20


def column(folder: Path, count: int) -> tuple[Pictures, np.ndarray]:
    values = np.random.default_rng(0).integers(0, 256, (count, 6, 5, 3), np.uint8)
    for number, value in enumerate(values):
        (folder / f"{number}.png").write_bytes(saved(Image.fromarray(value), "PNG"))
    paths = np.array([str(folder / f"{number}.png") for number in range(count)], object)
    return Pictures(paths, paths, Reading(6, 5, 3), FILE), values


def test_a_column_of_pictures_is_read_in_its_order(tmp_path: Path) -> None:
    pictures, values = column(tmp_path, 300)
    rows = np.random.default_rng(1).permutation(300)[:200]
    assert len(pictures) == 300 and pictures.size_in_memory == values.nbytes
    assert np.array_equal(pictures.read(), values)
    assert np.array_equal(pictures[rows].read(), values[rows]) and np.array_equal(pictures.read(rows), values[rows])
    assert pictures[rows[:0]].read().shape == (0, 6, 5, 3)


def test_what_takes_long_is_done_by_several_threads_in_order() -> None:
    def slow(number: int) -> tuple[int, int]:
        time.sleep(0.003)
        return number, threading.get_ident()

    done = side_by_side(slow, range(100))
    assert [number for number, _ in done] == list(range(100)) and len({thread for _, thread in done}) > 1


def test_a_damaged_picture_is_named_before_and_in_a_run(tmp_path: Path) -> None:
    """Before a run all of them at once, as a mistake in the data; in its midst the first, as a run that failed."""
    pictures, _ = column(tmp_path, 100)
    for row in range(30):
        Path(pictures.paths[row]).write_bytes(GOOD[3][:60])
    with pytest.raises(Rejected) as refused:
        pictures.read()
    found = refused.value.diagnostics
    assert len(found) == 20 and [note.text for each in found for note in each.notes] == ["10 more like this"]
    assert f"{tmp_path}/0.png is a PNG that is cut short; expected" in found[0].message
    with pytest.raises(RunFailed, match=r"/29\.png is a PNG that is cut short"):
        pictures.read(np.arange(29, 40))


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(Rejected) as refused:
        call()
    return refused.value.diagnostics[0].message


@pytest.mark.parametrize(
    ("section", "shape", "wanted"),
    [
        (None, (8, 9, 3), Reading(8, 9, 3)),
        (ImageSection(resize="pad", interpolation="area"), (8, 9, 1), Reading(8, 9, 1, "pad", "area")),
        (ImageSection(size=[5, 6]), (unknown("a"), unknown("b"), 3), Reading(5, 6, 3)),
        (ImageSection(size=8), (unknown("a"), 8, 4), Reading(8, 8, 4)),
    ],
)
def test_the_size_is_the_inputs_unless_it_is_unknown(section: ImageSection, shape: Shape, wanted: Reading) -> None:
    assert reading_for(section, shape, "image") == wanted


@pytest.mark.parametrize(
    ("section", "shape", "reason"),
    [
        (None, (8, 8), "input image has shape (8, 8); expected height, width and 1, 3 or 4 channels"),
        (None, (8, 8, 2), "input image has shape (8, 8, 2); expected height, width and 1, 3 or 4"),
        (None, (unknown("a"), 8, 3), "input image has shape (?, 8, 3), and image no size; expected"),
        (ImageSection(size=[8, 9]), (8, 8, 3), "image.size says 9 where input image has (8, 8, 3); expected 8"),
    ],
)
def test_an_input_that_takes_no_pictures_is_refused(section: ImageSection, shape: Shape, reason: str) -> None:
    assert reason in refusal(lambda: reading_for(section, shape, "image"))
