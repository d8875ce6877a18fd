"""The routes, one module per noun: parse, one command or query, dump."""
