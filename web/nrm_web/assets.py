"""The built bundles: which style sheets and scripts an entry of Vite's manifest needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import orjson

STATIC = Path(__file__).parent / "static"
BASE = "/static/dist/"


@dataclass(frozen=True)
class Assets:
    """The manifest, read once. Where nothing is built, pages come without look and script, and work."""

    dist: Path = STATIC / "dist"

    @cached_property
    def manifest(self) -> Mapping[str, Mapping[str, object]]:
        """Return the manifest, or nothing."""
        path = self.dist / ".vite/manifest.json"
        found: Mapping[str, Mapping[str, object]] = orjson.loads(path.read_bytes()) if path.is_file() else {}
        return found

    def styles(self, entries: tuple[str, ...]) -> list[str]:
        """Return the addresses of the entries' style sheets, those of shared parts first, each once."""
        found = (css for entry in entries for css in self._css(f"src/{entry}.js"))
        return [BASE + css for css in dict.fromkeys(found)]

    def scripts(self, entries: tuple[str, ...]) -> list[str]:
        """Return the addresses of the entries' scripts."""
        chunks = (self.manifest.get(f"src/{entry}.js") for entry in entries)
        return [f"{BASE}{chunk['file']}" for chunk in chunks if chunk]

    def _css(self, key: str) -> Iterator[str]:
        chunk = self.manifest.get(key, {})
        for imported in _texts(chunk.get("imports")):
            yield from self._css(imported)
        yield from _texts(chunk.get("css"))


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
