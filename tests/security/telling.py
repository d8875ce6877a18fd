"""Run aside: says which settings it finds, and that it can neither write a file nor start a process."""

import os
import sys
import tempfile

from nrm.documents.aside import bounded

bounded()
try:
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * 100_000)
except OSError:
    sys.stdout.write(str([name for name in os.environ if name.startswith("NRM_")]))
