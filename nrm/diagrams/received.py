"""Files that somebody sent for a process: each is read once in a process of its own before ours reads it.

What a parser cannot bear (a crash, a loop, all the memory) then ends a child and not the web process.
"""

from __future__ import annotations

from collections.abc import Mapping

from nrm.diagrams.bundle import Bundle
from nrm.documents.forking import Readers
from nrm.vocabulary.errors import DocumentRefused

TOO_MUCH = "This file takes too much work to read. Make it smaller or simpler."
_READERS = Readers("nrm.diagrams.reading_once")


def received(bundle: Bundle, files: Mapping[str, bytes | None], *, readers: Readers = _READERS) -> Bundle:
    """The bundle with the files that somebody sent in their places (None takes one out).

    Raises DocumentRefused (``document_too_costly``) where one could not be read to its end within the bounds. What is
    wrong with one that can be read is found by whoever reads it next.
    """
    changed = bundle.with_files(files)
    sent = {name for name, data in files.items() if data is not None and data != bundle.files.get(name)}
    if sent and not readers.ends(_alone(changed, sent).to_zip()):
        raise DocumentRefused(TOO_MUCH, code="document_too_costly")
    return changed


def _alone(bundle: Bundle, names: set[str]) -> Bundle:
    """Only what was sent; with all tables where one of them may import another."""
    if any(name.endswith(".dmn") and b"import" in bundle.file(name) for name in names):
        names = names | {f"tables/{table}.dmn" for table in bundle.table_ids}
    return Bundle(bundle.process_id, {name: data for name, data in bundle.files.items() if name in names})
