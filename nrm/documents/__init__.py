"""Documents from outside, read safely: the one hardened XML parser."""

from nrm.documents.xml import MAX_BYTES, MAX_DEPTH, line_of, parse

__all__ = ["MAX_BYTES", "MAX_DEPTH", "line_of", "parse"]
