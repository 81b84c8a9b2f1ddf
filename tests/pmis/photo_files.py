"""Pictures for tests: drawn here, with what a camera or an attacker would put into the file."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageCms, ImageDraw, ImageFilter, PngImagePlugin

#: Found in no byte of anything that leaves the private store.
MARKER = "MARKER-7f3a"


def site(size: tuple[int, int] = (1600, 1200)) -> Image.Image:
    """Return a plain picture without a face."""
    image = Image.new("RGB", size, (120, 140, 160))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, size[1] * 0.6, size[0], size[1]), fill=(150, 130, 100))
    return image


def with_face(centre: tuple[int, int] = (800, 600), size: int = 300) -> Image.Image:
    """Return a picture with a drawn face that the real cascade finds."""
    image = site()
    draw = ImageDraw.Draw(image)
    (cx, cy), w, h = centre, size * 0.38, size * 0.5
    skin, shade, dark = (215, 180, 150), (150, 115, 95), (50, 40, 35)

    def oval(x: float, y: float, rx: float, ry: float, fill: tuple[int, int, int]) -> None:
        box = (cx + (x - rx) * w, cy + (y - ry) * h, cx + (x + rx) * w, cy + (y + ry) * h)
        draw.ellipse(box, fill=fill)

    oval(0, 0, 1, 1, skin)
    hair = (cx - w * 1.05, cy - h * 1.1, cx + w * 1.05, cy + h * 0.6)
    draw.pieslice(hair, 180, 360, fill=dark)
    oval(0, 0.15, 0.85, 0.75, skin)
    for side in (-0.42, 0.42):
        oval(side, -0.12, 0.3, 0.13, shade)
        oval(side, -0.12, 0.2, 0.06, (235, 235, 235))
        oval(side, -0.12, 0.1, 0.07, (30, 20, 20))
        oval(side, -0.2, 0.28, 0.04, dark)
    nose = [(-0.08, -0.1), (0.08, -0.1), (0.16, 0.25), (-0.16, 0.25)]
    draw.polygon([(cx + x * w, cy + y * h) for x, y in nose], fill=(235, 205, 175))
    oval(0, 0.25, 0.16, 0.05, shade)
    oval(0, 0.52, 0.36, 0.065, (150, 70, 70))
    return image.filter(ImageFilter.GaussianBlur(size / 90))


def jpeg(image: Image.Image | None = None, **parameters: object) -> bytes:
    """Return a picture as JPEG."""
    return _saved(image or site(), "JPEG", **parameters)


def camera_jpeg(image: Image.Image | None = None) -> bytes:
    """Return a JPEG as a phone writes it: EXIF with time, place and maker, XMP, ICC, comment."""
    image = image or site()
    exif = image.getexif()
    exif[0x010F] = MARKER  # Make
    exif[0x0112] = 6  # Orientation: turned
    details = exif.get_ifd(0x8769)
    details[36867] = "2026:03:02 08:15:30"  # DateTimeOriginal
    details[37510] = b"ASCII\0\0\0" + MARKER.encode()  # UserComment
    gps = exif.get_ifd(0x8825)
    gps.update({1: "N", 2: (37.0, 33.0, 59.0), 3: "E", 4: (126.0, 58.0, 40.0)})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return jpeg(
        image,
        exif=exif,
        xmp=f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{MARKER}</x:xmpmeta>'.encode(),
        icc_profile=profile,
        comment=MARKER.encode(),
    )


def png(image: Image.Image | None = None) -> bytes:
    """Return a PNG with a text chunk and a transparent part."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", MARKER)
    return _saved((image or site((640, 480))).convert("RGBA"), "PNG", pnginfo=notes)


def webp() -> bytes:
    """Return a WebP."""
    return _saved(site((640, 480)), "WEBP")


def heic() -> bytes:
    """Return a HEIC, as iPhones write it."""
    return _saved(site((640, 480)), "HEIF")


def bomb() -> bytes:
    """Return a PNG of 17 kB that unpacks to 144 million pixels."""
    side = 12_000
    row = b"\0" * (side // 8 + 1)
    body = zlib.compress(row * side, 9)

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def _saved(image: Image.Image, form: str, **parameters: object) -> bytes:
    target = io.BytesIO()
    image.save(target, form, **parameters)
    return target.getvalue()
