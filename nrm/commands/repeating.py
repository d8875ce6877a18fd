"""A request that is sent twice is carried out once: key, act and answer are one transaction (design 5).

So there is no moment at which the act is done and its answer is not kept: a crash leaves either nothing, and the
request may be sent again, or everything, and the second request is given the first answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import IO

from nrm.records.repeats import Replay, begin_once, finish_once, release
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotReady, NrmError
from nrm.wiring.system import System


@dataclass(slots=True)
class Once:
    """One request with a key. ``system`` is what its acts work with, ``first`` the answer if one was given.

    Who carries the request out sets ``answer``; without one the key is free again.
    """

    system: System
    first: Replay | None
    answer: Replay | None = None


@contextmanager
def once(system: System, actor: Actor, *, route: str, key: str, payload: bytes) -> Iterator[Once]:
    """Carry out what the block does with ``Once.system`` in one transaction, and keep its answer for 24 hours.

    A refusal (any NrmError) frees the key and commits what the refused act leaves, its history entry or a draft.

    Raises InvalidInput where the key was used for another payload, Conflict or TryAgain while the first is under
    way, and what the block raises.
    """
    refused: NrmError | None = None
    try:
        with system.database.unit(actor) as unit:
            first = begin_once(unit, route, key, payload)
            one = Once(replace(system, database=system.database.inside(unit)), first)
            try:
                yield one
            except NotReady:
                raise  # the transaction may be gone; nothing of it stays
            except NrmError as error:
                refused = error
            if one.answer is not None and refused is None:
                finish_once(unit, route, key, one.answer)
            elif first is None:
                release(unit, route, key)
    finally:
        system.directory.forget()  # it may have been read while an edit was not committed, or never was
    if refused is not None:
        raise refused


def form_payload(
    fields: Iterable[tuple[str, str]], files: Iterable[tuple[str, str | None, str, IO[bytes]]]
) -> bytes:
    """Return what a form says and carries, without the boundary between its parts: each sending chooses that anew.

    ``files``: field, file name, media type, content; the content can be read again afterwards.
    """
    found: list[tuple[str | None, ...]] = list(fields)
    for name, file_name, media_type, content in files:
        found.append((name, file_name, media_type, sha256(content.read()).hexdigest()))
        content.seek(0)
    return json.dumps(found).encode()


__all__ = ["Once", "Replay", "form_payload", "once"]
