"""Pictures as Pillow reads them."""

import io

from PIL import Image, ImageOps

CHANNELS = {1: "L", 3: "RGB", 4: "RGBA"}


def as_pillow_reads(data: bytes, channels: int) -> Image.Image:
    """The first frame, turned upright, laid on white where there is no channel for opacity, converted."""
    with Image.open(io.BytesIO(data)) as opened:
        opened.load()
        picture = ImageOps.exif_transpose(opened)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        if channels < 4:
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    return picture.convert(CHANNELS[channels])
