"""The configuration as it is written: the digest of each file, and the words of those that say who sees what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

ROLES, VISIBILITY = "roles.yaml", "visibility.yaml"


@dataclass(frozen=True, slots=True)
class Written:
    """``files``: by name under the folder, the SHA-256 of the bytes in hex; ``rules``: texts by file name."""

    files: Mapping[str, str]
    rules: Mapping[str, str]

    @property
    def digest(self) -> str:
        """The SHA-256 of all names and digests, in hex."""
        return sha256("".join(f"{name} {digest}\n" for name, digest in sorted(self.files.items())).encode()).hexdigest()


def read_written(config_dir: Path) -> Written:
    """Read a folder that has been read as configuration before: whatever is in it is of a sane size."""
    files = {
        path.relative_to(config_dir).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(config_dir.rglob("*.yaml"))
    }
    rules = {name: (config_dir / name).read_text(encoding="utf-8") for name in (ROLES, VISIBILITY)}
    return Written(MappingProxyType(files), MappingProxyType(rules))
