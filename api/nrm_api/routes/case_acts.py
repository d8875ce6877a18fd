"""What one does with a case as a whole: team, notes, files, runs, links, closing, reopening."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from flask import Response, request
from marshmallow import Schema, fields, validate
from werkzeug.http import dump_options_header

from nrm.commands.add_note import add_note
from nrm.commands.case_life import CLOSING, REOPENING, change_team, close_case, link_cases, reopen_case
from nrm.commands.files import attach_file, download
from nrm.commands.start_run import start_run
from nrm.rules.routing import Seat
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import DONE, Done, aware, new_blueprint, words, yes_no
from nrm_api.intake import version_asked
from nrm_api.routes.cases import the_case
from nrm_api.signing import needs, tell, the_actor, the_system

blueprint = new_blueprint("case_acts", "Acts on a case as a whole")

CATEGORIES = sorted(str(category) for category in Category)
LINKS = ("family", "same_place", "same_event", "duplicate")


class RunIn(Schema):
    """Which process to start."""

    process = fields.String(required=True)


class SeatIn(Schema):
    """One seat: a role, the agency that fills it, a person where one is named."""

    role = fields.String(required=True)
    agency_id = fields.String(required=True)
    user_id = fields.String(allow_none=True, load_default=None)
    named = yes_no(load_default=False, metadata={
        "description": "One of the few who may see the place of stay and answers on self-harm.",
    })
    chosen = yes_no(load_default=False, metadata={"description": "The person chose this worker."})


class TeamIn(Schema):
    """Seats that are filled anew, role by role."""

    members = fields.List(fields.Nested(SeatIn), required=True, validate=validate.Length(1, 60))
    basis = words(200, load_default="team changed")


class NoteIn(Schema):
    """A note in one data category."""

    category = fields.String(required=True, validate=validate.OneOf(CATEGORIES))
    text = words(10_000, required=True)
    happened_at = aware()


class FileFields(Schema):
    """What the file is; the file itself is the part `file`."""

    category = fields.String(required=True, validate=validate.OneOf(CATEGORIES))
    file = fields.Raw(metadata={"type": "string", "format": "binary"})


class CloseIn(Schema):
    """Why the case ends here."""

    reason = fields.String(required=True, validate=validate.OneOf(CLOSING))


class ReopenIn(Schema):
    """Why the case is opened again."""

    reason = fields.String(required=True, validate=validate.OneOf(REOPENING))


class LinkIn(Schema):
    """The other case, by code, and how the two belong together."""

    other_code = fields.String(required=True, validate=validate.Length(max=40))
    kind = fields.String(required=True, validate=validate.OneOf(LINKS))


class MadeOut(Schema):
    """The id of what was made."""

    id = fields.String(required=True)


@blueprint.route("/cases/<string:case>/runs", methods=["POST"])
@blueprint.version_of("case")
@blueprint.arguments(RunIn)
@blueprint.response(201, MadeOut)
@needs(Permission.CASE_START_RUN)
def start(body: dict[str, Any], case: str) -> object:
    """Start a process that can happen at any time."""
    run_id = start_run(the_system(), the_actor(), case_id=the_case(case), seen_version=version_asked(), **body)
    return {"id": run_id}


@blueprint.route("/cases/<string:case>/team", methods=["POST"])
@blueprint.version_of("case")
@blueprint.arguments(TeamIn)
@blueprint.response(200, Done)
@needs(Permission.CASE_TEAM)
def change(body: dict[str, Any], case: str) -> object:
    """Fill seats of the team anew; open unclaimed tasks move with them."""
    members = [
        (Seat(one["role"], one["agency_id"], one["user_id"], chosen=one["chosen"]), one["named"])
        for one in body["members"]
    ]
    change_team(
        the_system(), the_actor(), case_id=the_case(case), members=members, basis=body["basis"],
        seen_version=version_asked(),
    )
    return DONE


@blueprint.route("/cases/<string:case>/notes", methods=["POST"])
@blueprint.version_of("case")
@blueprint.arguments(NoteIn)
@blueprint.response(201, MadeOut)
@needs(Permission.CASE_NOTE)
def note(body: dict[str, Any], case: str) -> object:
    """Write a note; one writes only where one may read."""
    note_id = add_note(the_system(), the_actor(), case_id=the_case(case), seen_version=version_asked(), **body)
    return {"id": note_id}


@blueprint.route("/cases/<string:case>/files", methods=["POST"])
@blueprint.version_of("case")
@blueprint.arguments(FileFields, location="form", content_type="multipart/form-data")
@blueprint.response(201, MadeOut)
@needs(Permission.CASE_FILE)
def attach(body: dict[str, Any], case: str) -> object:
    """Attach a file: PDF, JPEG, PNG or plain text, up to 20 MB."""
    sent = request.files.getlist("file")
    if len(sent) != 1 or len(request.files) != 1:
        tell(InvalidInput(fields={"file": ["Send one file."]}))
    media_type = sent[0].mimetype or ""
    file_id = attach_file(
        the_system(), the_actor(), case_id=the_case(case), category=body["category"],
        name=sent[0].filename or "", media_type=media_type, content=cast("BinaryIO", sent[0].stream),
        seen_version=version_asked(),
    )
    return {"id": file_id}


@blueprint.route("/files/<string:file_id>")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="*/*")
def file(file_id: str) -> Response:
    """Open a file; each time leaves an entry."""
    found = download(the_system(), the_actor(), file_id=file_id)
    response = Response(found.pieces, content_type=found.media_type)
    response.headers["Content-Length"] = str(found.size)
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": file_id})
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@blueprint.route("/cases/<string:case>/close", methods=["POST"])
@blueprint.version_of("case")
@blueprint.arguments(CloseIn)
@blueprint.response(200, Done)
@needs(Permission.CASE_CLOSE)
def close(body: dict[str, Any], case: str) -> object:
    """Close a case outside its process; open tasks are withdrawn.

    The review of an access in an emergency goes on, and the case closes with it.
    """
    close_case(the_system(), the_actor(), case_id=the_case(case), seen_version=version_asked(), **body)
    return DONE


@blueprint.route("/cases/<string:case>/reopen", methods=["POST"])
@blueprint.version_of("case")
@blueprint.arguments(ReopenIn)
@blueprint.response(201, MadeOut)
@needs(Permission.CASE_REOPEN)
def reopen(body: dict[str, Any], case: str) -> object:
    """Open a closed case again; its own process starts anew."""
    run_id = reopen_case(the_system(), the_actor(), case_id=the_case(case), seen_version=version_asked(), **body)
    return {"id": run_id}


@blueprint.route("/cases/<string:case>/links", methods=["POST"])
@blueprint.version_of("case")
@blueprint.arguments(LinkIn)
@blueprint.response(201, Done)
@needs(Permission.CASE_LINK)
def link(body: dict[str, Any], case: str) -> object:
    """Link two cases that you both work on."""
    link_cases(the_system(), the_actor(), case_id=the_case(case), seen_version=version_asked(), **body)
    return DONE
