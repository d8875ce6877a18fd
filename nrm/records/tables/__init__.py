"""The tables, one module per group of nouns. Import each class from its module; nothing is re-exported."""
