"""The API: everything the pages do, for programs; the same commands and queries, no rule of its own."""

from __future__ import annotations

from nrm_api.application import PREFIX, document_of, make_api, register

__all__ = ["PREFIX", "document_of", "make_api", "register"]
