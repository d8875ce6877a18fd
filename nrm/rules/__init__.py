"""The law as arithmetic: pure functions of values, standard library only."""
