"""Files as people attach them, made here: PDFs of one page from plain objects, pictures by Pillow."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import Image


def pdf(
    *, root: str = "", page: str = "", objects: tuple[bytes, ...] = (), trailer: str = "", end: bytes = b""
) -> bytes:
    """A PDF of one empty page; what is given is written into its catalogue, page and trailer. Objects count from 4."""
    bodies = (
        f"<< /Type /Catalog /Pages 2 0 R {root} >>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] {page} >>".encode(),
        *objects,
    )
    out, places = BytesIO(b"%PDF-1.7\n"), []
    out.seek(0, 2)
    for number, body in enumerate(bodies, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue() + end


def stream(words: bytes, entries: str = "") -> bytes:
    """An object of a PDF that carries bytes."""
    return f"<< /Length {len(words)} {entries} >>\nstream\n".encode() + words + b"\nendstream"


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **saved: Any) -> bytes:
    """A picture of colours that run into each other, saved as Pillow is told."""
    out = BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, kind, **saved)
    return out.getvalue()


def located_photo(*, turned: int = 1, maker: Mapping[int, str] | None = None) -> bytes:
    """A photograph as a telephone makes it: with the place, the moment and the device."""
    exif = Image.Exif()
    exif[0x0112] = turned
    for tag, words in {0x010F: "Invented Phones", 0x0110: "Model CANARY-DEVICE", 0x9286: "x", **(maker or {})}.items():
        exif[tag] = words
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 26.0), 3: "W", 4: (0.0, 7.0, 39.0), 29: "2026:03:02"})
    return picture(exif=exif, comment=b"CANARY-COMMENT")


A_PDF = pdf()
"""The smallest document one can attach."""
