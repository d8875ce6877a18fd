"""The parts of one installation, put together once and passed on: no globals, no singletons."""
