"""``nrm demo``: an invented country with invented cases at every stage, made by the real acts."""

from __future__ import annotations

from nrm.entrypoints.demo.running import run_demo

__all__ = ["run_demo"]
