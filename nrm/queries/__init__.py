"""One screen's question per file: read-only, scoped, keyset-paged, frozen dataclasses."""
