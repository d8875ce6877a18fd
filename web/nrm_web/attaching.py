"""Files that answer a question: attached to the case as they arrive, so that a form that comes back has kept them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO, cast

from flask import request
from werkzeug.datastructures import FileStorage

from nrm.commands.answered_files import file_ids
from nrm.commands.files import attach_file
from nrm.commands.read_case import read_case
from nrm.diagrams.forms import Form
from nrm.documents.papers import MAGIC
from nrm.vocabulary.errors import InvalidInput, NrmError
from nrm_web.visit import Visit

TAKEN = ",".join(MAGIC)
"""What a file input offers to choose; the content decides in the end."""
AGAIN = "The file has to be chosen again: a browser does not keep it."


def sent_files(name: str) -> list[FileStorage]:
    """Return the files that were chosen for a field."""
    return [sent for sent in request.files.getlist(name) if sent.filename]


def attach(visit: Visit, case_id: str, category: str, sent: FileStorage) -> str:
    """Attach one file to a case under its plain name; returns its id. Raises InvalidInput, NotAllowed, Conflict."""
    name = (sent.filename or "").replace("\\", "/").rsplit("/", 1)[-1]
    return attach_file(
        visit.system, visit.actor, case_id=case_id, category=category, name=name, media_type=sent.mimetype,
        content=cast("BinaryIO", sent.stream),
    )


def with_files(
    visit: Visit, case_id: str, form: Form, answers: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, list[str]]]:
    """Attach what came with a form; returns the answers with the files' ids, and what is wrong by question.

    The file of a question that takes one only replaces the one before; both stay with the case.
    """
    found, wrong = dict(answers), {}
    for field in form.file_fields:
        ids = file_ids(found.get(field.key))
        for sent in sent_files(field.key):
            try:
                ids.append(attach(visit, case_id, str(field.category), sent))
            except InvalidInput as refused:
                wrong[field.key] = [*refused.fields.get("file", [refused.sentence]), AGAIN]
            except NrmError as refused:
                wrong[field.key] = [refused.sentence]
        if ids:
            found[field.key] = ids if field.multiple else ids[-1:]
    return found, wrong


def file_names(visit: Visit, case_id: str, form: Form, answers: Mapping[str, object]) -> dict[str, str]:
    """Return id -> name of the files in the answers, as far as the reader sees them in the case."""
    wanted = {one for field in form.file_fields for one in file_ids(answers.get(field.key))}
    if not wanted:
        return {}
    try:
        files = read_case(visit.system, visit.actor, case_id=case_id).files
    except NrmError:
        return {}
    return {one.id: one.name for one in files if one.id in wanted}
