"""The pages that people use: server-rendered, working without script, calling one command or query each."""

from __future__ import annotations

from nrm_web.blueprint import make_web

__all__ = ["make_web"]
