"""Forms: form-js JSON read, checked, asked and validated; the same rules for page and API."""

from __future__ import annotations

from functools import lru_cache

from nrm.diagrams.forms.form import Form
from nrm.diagrams.forms.messages import TEMPLATES
from nrm.diagrams.forms.model import Field, Option, Validated
from nrm.diagrams.forms.reading import FormProblem, inspect_form, read_form_uncached

__all__ = [
    "TEMPLATES", "Field", "Form", "FormProblem", "Option", "Validated",
    "inspect_form", "read_form",
]


@lru_cache(maxsize=512)
def read_form(data: bytes) -> Form:
    """Read a form-js schema (version 19). The same bytes give the same, shared, immutable form.

    Raises DocumentRefused with a sentence and, where known, the line.
    """
    return read_form_uncached(data)
