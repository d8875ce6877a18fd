"""Two windows saved one draft: both versions, the difference in words, and nothing lost."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from nrm.diagrams.bundle import Bundle
from nrm.diagrams.compare import compare
from nrm.queries.process_drafts import DraftView
from nrm.vocabulary.errors import NrmError
from nrm_web.repeating import OF_THE_SESSION

OWN = (*OF_THE_SESSION, "_action", "version")


def conflict_page(view: DraftView, sentence: str, mine: Bundle | None) -> ResponseReturnValue:
    """Return the page; ``mine`` is the stored draft with what was posted put over it."""
    try:
        differences = compare(view.bundle, mine) if mine is not None else ()
    except NrmError:
        differences = ()
    html = render_template(
        "coordinator/draft_conflict.html", view=view, line=view.line, sentence=sentence, is_readable=mine is not None,
        differences=[change.sentence for change in differences],
        posted=[(name, value) for name, value in request.form.items(multi=True) if name not in OWN],
        xml=request.form.get("xml", ""),
    )
    return html, 409
