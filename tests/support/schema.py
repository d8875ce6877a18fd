"""Makes the schema that database fixtures clone: the migrations, run to their head."""

from __future__ import annotations

from nrm.records import schema


def create_schema(url: str) -> None:
    """Bring an empty database to the head of the migrations."""
    schema.upgrade(url)
