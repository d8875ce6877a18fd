"""Run aside by ``papers``: reads a picture or a document from standard input and writes it clean, or says why not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any, NoReturn

from nrm.documents.aside import REFUSED, bounded

MOST_PIXELS = 50_000_000
MOST_OBJECTS = 100_000
JPEG_QUALITY = 90
ACTIVE = frozenset({
    "/AA", "/OpenAction", "/JS", "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/ResetForm", "/Rendition",
    "/RichMedia", "/RichMediaExecute", "/Movie", "/Sound", "/Screen", "/3D", "/EmbeddedFile", "/EmbeddedFiles",
    "/Filespec", "/FileAttachment", "/XFA", "/GoToR", "/GoToE", "/SetOCGState",
})
"""Keys and names of a PDF that act when it is opened, or carry something else into the house."""
HARMLESS_OPENING = "/GoTo"
_TELLING = ("/Metadata", "/PieceInfo", "/LastModified")


class Unfit(Exception):
    """The content is not taken, for a reason of one word."""


def picture(data: bytes) -> bytes:
    """Return a JPEG or PNG drawn anew: upright, with its points and transparency, and nothing else of it."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # measured below, before a point is unpacked
    try:
        with Image.open(BytesIO(data), formats=["JPEG", "PNG"]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Unfit("too_many_pixels")
            kind = opened.format
            upright = ImageOps.exif_transpose(opened)
            modes = ("RGB", "L") if kind == "JPEG" else ("RGB", "L", "RGBA", "LA", "1")
            seen = upright if upright.mode in modes else upright.convert("RGB" if kind == "JPEG" else "RGBA")
            fresh = Image.frombytes(seen.mode, seen.size, seen.tobytes())
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, IndexError, KeyError, TypeError):
        raise Unfit("broken") from None
    out = BytesIO()
    fresh.save(out, kind, **({"quality": JPEG_QUALITY} if kind == "JPEG" else {"optimize": False}))
    return out.getvalue()


def document(data: bytes) -> bytes:
    """Return a PDF without what tells who wrote it; one that was signed stays byte for byte, or it were no more so."""
    import pikepdf

    try:
        with pikepdf.open(BytesIO(data), attempt_recovery=False) as pdf:
            if not len(pdf.pages):
                raise Unfit("broken")
            if len(pdf.objects) > MOST_OBJECTS:
                raise Unfit("too_much")
            names = set(_names(pdf))
            if names & ACTIVE or "/Encrypt" in pdf.trailer:
                raise Unfit("active")
            if "/ByteRange" in names:
                return _ended(data)
            return _without_traces(pdf)
    except pikepdf.PasswordError:
        raise Unfit("locked") from None
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, AttributeError, KeyError, RecursionError):
        raise Unfit("broken") from None


def _names(pdf: Any) -> Iterator[str]:
    """Every key and every name as a value, of every object; a place to open the document at is no act."""
    import pikepdf

    waiting: list[Any] = [pdf.trailer, *pdf.objects]
    while waiting:
        one = waiting.pop()
        if isinstance(one, pikepdf.Array):
            waiting.extend(item for item in one if not getattr(item, "is_indirect", False))
        elif isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
            for key, value in one.items():
                if key != "/OpenAction" or not _only_goes_somewhere(value):
                    yield key
                if not getattr(value, "is_indirect", False):
                    waiting.append(value)
        elif isinstance(one, pikepdf.Name):
            yield str(one)


def _only_goes_somewhere(action: Any) -> bool:
    import pikepdf

    if isinstance(action, pikepdf.Dictionary):
        return str(action.get("/S", "")) == HARMLESS_OPENING and "/Next" not in action
    return isinstance(action, pikepdf.Array)


def _without_traces(pdf: Any) -> bytes:
    import pikepdf

    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    for one in pdf.objects:
        if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
            for key in _TELLING:
                if key in one:
                    del one[key]
    out = BytesIO()
    pdf.save(out, deterministic_id=True, fix_metadata_version=False)
    return out.getvalue()


def _ended(data: bytes) -> bytes:
    """A signed document has nothing behind its end."""
    if data[data.rfind(b"%%EOF") + 5:].strip(b"\0\r\n\t "):
        raise Unfit("broken")
    return data


WAYS = {"application/pdf": document, "image/jpeg": picture, "image/png": picture}


def main() -> None:
    """Clean standard input by the media type that is the only argument."""
    bounded()
    try:
        cleaned = WAYS[sys.argv[1]](sys.stdin.buffer.read())
    except Unfit as unfit:
        _end(str(unfit))
    except MemoryError:
        _end("too_much")
    sys.stdout.buffer.write(cleaned)


def _end(reason: str) -> NoReturn:
    sys.stderr.write(reason)
    sys.exit(REFUSED)


if __name__ == "__main__":
    main()
