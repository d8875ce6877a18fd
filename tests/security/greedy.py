"""Run aside: takes more memory than it may."""

from nrm.documents.aside import bounded

bounded()
TOO_MUCH = bytearray(2 * 1024**3)
