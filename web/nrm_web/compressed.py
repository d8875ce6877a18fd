"""Built assets leave compressed: on a poor line the first page would else wait for its style sheet.

Pages are not compressed: they hold both secrets and words of the reader, which compression could let others compare.
"""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Request, Response

TEXTS = ("text/css", "text/javascript", "application/javascript", "image/svg+xml")
MOST_KEPT = 64


def compress(request: Request, response: Response) -> Response:
    """Compress the answer with a built asset, where the browser takes that."""
    if response.mimetype not in TEXTS or response.status_code != 200:
        return response
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings.quality("gzip"):
        return response
    response.direct_passthrough = False
    response.set_data(_compressed(response.get_data()))
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("ETag", None)  # it names the plain bytes; the address changes with the content anyway
    return response


@lru_cache(MOST_KEPT)
def _compressed(plain: bytes) -> bytes:
    return gzip.compress(plain, 9, mtime=0)
