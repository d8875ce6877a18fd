"""One act by one actor per file: one function, one transaction, at least one history entry."""
