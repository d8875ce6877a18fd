"""Files as answers: a record may only name files that are with its own case."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from nrm.diagrams.forms import Form
from nrm.records.tables.record import File
from nrm.records.unit import Unit
from nrm.vocabulary.errors import InvalidInput

ELSEWHERE = "This file is not with the case. Attach it first."


def require_own_files(unit: Unit, case_id: str, form: Form, answers: Mapping[str, object]) -> None:
    """Refuse answers that name a file of another case, or none. Raises InvalidInput, by question."""
    named = {field.key: file_ids(answers.get(field.key)) for field in form.file_fields}
    wanted = {one for ids in named.values() for one in ids}
    if not wanted:
        return
    own = set(unit.conn.execute(select(File.id).where(File.case_id == case_id, File.id.in_(wanted))).scalars())
    wrong = {key: [ELSEWHERE] for key, ids in named.items() if not own.issuperset(ids)}
    if wrong:
        raise InvalidInput(fields=wrong)


def file_ids(answer: object) -> list[str]:
    """Return the ids in the answer to a question that files answer."""
    return [str(one) for one in answer] if isinstance(answer, list | tuple) else []
