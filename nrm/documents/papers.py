"""What may be attached to a case: the type is what the content says, and what is taken comes out clean.

Pictures are drawn anew, so nothing but what is seen is left of them; documents lose what acts and what tells who
wrote them. Both happen in a process of its own that is ended when it takes too long or too much (``aside``).
"""

from __future__ import annotations

from typing import BinaryIO

from nrm.documents.aside import Refused, run_aside
from nrm.vocabulary.errors import InvalidInput

LARGEST = 20 * 1024 * 1024
"""Bytes of a file, before and after cleaning."""
MAGIC = {
    "application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n", "text/plain": b"",
}
"""What may be attached, and how its first bytes are; plain text begins with nothing in particular."""
ENDINGS = {
    "application/pdf": ("pdf",), "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"), "image/png": ("png",),
    "text/plain": ("txt", "text", "md", "csv", "log"),
}
"""How its name may end; the first is the one it leaves under."""
NOT_TAKEN = "Attach a PDF, a JPEG or PNG picture, or plain text."
SAYS_OTHERWISE = "The file is not what its name says."
TOO_LARGE = "The file is empty or larger than 20 MB."
SENTENCES = {
    "active": "The PDF contains programs, forms or other files. Print it to a new PDF and attach that one.",
    "broken": "The file is damaged. Open it, save it anew and attach that one.",
    "locked": "The PDF is protected with a password. Save it without one and attach that one.",
    "too_many_pixels": "The picture has more than 50 million points. Make it smaller.",
    "too_much": "The file takes too much work to read. Make it smaller or print it to a new PDF.",
}
"""Why a file was not taken, in a sentence for whoever attached it."""
_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\v\f\r")


def clean(name: str, media_type: str, content: BinaryIO) -> bytes:
    """Return what is stored of a file.

    Args:
        name: as the person calls it; its ending must be one of its type's.
        media_type: as the sender states it; one of ``MAGIC``, and what the content is.

    Raises:
        InvalidInput: the name, type or size is not taken, or the content is broken, locked or active (goal S14).
    """
    if not name.strip() or any(sign < " " or sign in '/\\\x7f' for sign in name):
        raise _refused("The file needs a plain name.")
    if media_type not in MAGIC:
        raise _refused(NOT_TAKEN)
    data = content.read(LARGEST + 1)
    if not data or len(data) > LARGEST:
        raise _refused(TOO_LARGE)
    if kind_of(data) != media_type or name.rsplit(".", 1)[-1].lower() not in ENDINGS[media_type]:
        raise _refused(SAYS_OTHERWISE)
    if media_type == "text/plain":
        return data
    try:
        cleaned = run_aside("nrm.documents.cleaning", data, media_type)
    except Refused as refused:
        raise _refused(SENTENCES.get(refused.reason, SENTENCES["broken"])) from None
    if len(cleaned) > LARGEST:
        raise _refused(TOO_LARGE)
    return cleaned


def kind_of(data: bytes) -> str:
    """Return the media type by the content; empty for what is none of ours."""
    found = next((kind for kind, begin in MAGIC.items() if begin and data.startswith(begin)), "")
    return found or ("text/plain" if _is_text(data) else "")


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return _CONTROL.isdisjoint(data)


def _refused(sentence: str) -> InvalidInput:
    return InvalidInput(fields={"file": [sentence]})
