"""`config/` read into frozen values; a wrong file is refused with file and line."""
