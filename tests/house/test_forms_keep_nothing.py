"""goal:S12: no form has the browser keep what is typed in it: it would stand in the file that brings sessions back."""

from __future__ import annotations

import re
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "web/nrm_web/templates"
FORM = re.compile(r"<form\b[^>]*method=\"post\"[^>]*>")


def test_every_form_that_is_sent_says_so() -> None:
    pages = sorted(TEMPLATES.rglob("*.html"))
    forms = [(page.name, found) for page in pages for found in FORM.findall(page.read_text(encoding="utf-8"))]
    silent = [f"{name}: {form}" for name, form in forms if 'autocomplete="off"' not in form]
    assert len(forms) > 50
    assert silent == []
