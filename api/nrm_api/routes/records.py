"""Records: one record as its reader may see it, and correcting it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.correct_record import REASONS, Corrected, correct_record
from nrm.commands.read_record import Answer, RecordPage, read_record
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import answers, new_blueprint, version_tag
from nrm_api.dumping import plain_schema, schema_of
from nrm_api.form_json import FormOut, form_json
from nrm_api.intake import version_asked
from nrm_api.signing import needs, the_actor, the_system

blueprint = new_blueprint("records", "What was written, version by version")


class AnswerOut(Schema):
    """One question with its answer; `rows` where the question is a list of rows."""

    key = fields.String()
    label = fields.String()
    value = fields.Raw(allow_none=True)
    shown = fields.String()
    category = fields.String()
    rows = fields.List(fields.List(fields.Nested("AnswerOut")))


RecordOut = schema_of(RecordPage, name="Record", replaced={
    "form": fields.Nested(FormOut), "answers": fields.List(fields.Nested(AnswerOut)),
})


class CorrectIn(Schema):
    """All answers of the categories you see, as they should be, and why they change."""

    answers = answers()
    reason = fields.String(required=True, validate=validate.OneOf(REASONS))


@blueprint.route("/records/<string:record_id>")
@blueprint.response(200, RecordOut)
def get_record(record_id: str) -> object:
    """Open a record; this leaves an entry."""
    found = read_record(the_system(), the_actor(), record_id=record_id)
    plain = {name: getattr(found, name) for name in RecordOut._declared_fields}  # noqa: SLF001
    body = {**plain, "form": form_json(the_system(), the_actor(), found.form)}
    return body, 200, {"ETag": version_tag(found.version)}


@blueprint.route("/records/<string:record_id>/correct", methods=["POST"])
@blueprint.version_of("record")
@blueprint.arguments(CorrectIn)
@blueprint.response(201, plain_schema(Corrected))
@needs(Permission.RECORD_CORRECT)
def correct(body: dict[str, Any], record_id: str) -> object:
    """Write a new version with a reason; what you do not see stays as it was."""
    return correct_record(the_system(), the_actor(), record_id=record_id, seen_version=version_asked(), **body)


__all__ = ["Answer", "blueprint"]
