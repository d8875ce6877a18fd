"""Drafts of processes: begun, saved, checked, reviewed, published by a second person."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands import publishing
from nrm.diagrams.change import Change
from nrm.queries.process_drafts import DraftLine, DraftView, draft_view, open_drafts
from nrm.vocabulary.findings import Finding
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import DONE, Done, Nothing, new_blueprint, whole, words
from nrm_api.dumping import list_of, plain_schema
from nrm_api.signing import needs, the_actor, the_system, weighty

blueprint = new_blueprint("drafts", "Work on the next version of a process")

FindingsOut = list_of(plain_schema(Finding), "Findings")
MOST_FILES = 200


class DraftOut(Schema):
    """A draft with its files as text, and what it changes in words."""

    line = fields.Nested(plain_schema(DraftLine))
    version = fields.Integer()
    note = fields.String()
    digest = fields.String(metadata={"description": "Say it when publishing: what changed since is not published."})
    base_digest = fields.String()
    base_number = fields.Integer()
    is_behind = fields.Boolean()
    files = fields.Dict(keys=fields.String(), values=fields.String())
    changes = fields.List(fields.Nested(plain_schema(Change)))


class SaveIn(Schema):
    """Files to replace (`null` takes one out), against the version you have."""

    files = fields.Dict(
        keys=fields.String(validate=validate.Length(max=200)), values=fields.String(allow_none=True), required=True,
        validate=validate.Length(0, MOST_FILES),
    )
    version = whole(required=True)
    note = words(allow_none=True, load_default=None)


class CheckIn(Schema):
    """Files as they would be; nothing is saved."""

    files = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True), load_default=dict)


class LimitIn(Schema):
    """One time limit: its length and its legal source."""

    key = fields.String(required=True)
    length = whole(required=True, validate=validate.Range(0, 10_000))
    unit = fields.String(required=True)
    source = words(500, required=True)
    version = whole(required=True)


class PublishIn(Schema):
    """What you saw."""

    digest = fields.String(required=True)


class SendBackIn(Schema):
    """What should change."""

    reason = words(required=True)


class DraftMade(Schema):
    """The draft's id."""

    id = fields.String(required=True)


class SavedVersion(Schema):
    """The draft's new version."""

    version = fields.Integer(required=True)


class Number(Schema):
    """The number of the published version."""

    number = fields.Integer(required=True)


@blueprint.route("/processes/<string:process>/drafts", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(201, DraftMade)
@needs(Permission.PROCESSES_EDIT)
def start(body: object, process: str) -> object:
    """Begin a draft from the version in force; your open one is given again."""
    return {"id": publishing.start_draft(the_system(), the_actor(), process=process)}


@blueprint.route("/drafts")
@blueprint.response(200, list_of(plain_schema(DraftLine), "Drafts"))
def list_drafts() -> object:
    """List open drafts, those to review first."""
    return {"items": open_drafts(the_system(), the_actor())}


@blueprint.route("/drafts/<string:draft_id>")
@blueprint.response(200, DraftOut)
def get_draft(draft_id: str) -> object:
    """Read a draft beside the version it began from."""
    return _out(draft_view(the_system(), the_actor(), draft_id=draft_id))


@blueprint.route("/drafts/<string:draft_id>", methods=["PUT"])
@blueprint.arguments(SaveIn)
@blueprint.response(200, SavedVersion)
@needs(Permission.PROCESSES_EDIT)
def save(body: dict[str, Any], draft_id: str) -> object:
    """Replace files of your draft; it may be unfinished."""
    version = publishing.save_process_draft(
        the_system(), the_actor(), draft_id=draft_id, files=_bytes(body["files"]), version=body["version"],
        note=body["note"],
    )
    return {"version": version}


@blueprint.route("/drafts/<string:draft_id>", methods=["DELETE"])
@blueprint.response(200, Done)
def drop(draft_id: str) -> object:
    """Drop your draft for good."""
    publishing.drop_draft(the_system(), the_actor(), draft_id=draft_id)
    return DONE


@blueprint.route("/drafts/<string:draft_id>/limit", methods=["POST"])
@blueprint.arguments(LimitIn)
@blueprint.response(200, SavedVersion)
@needs(Permission.PROCESSES_EDIT)
def limit(body: dict[str, Any], draft_id: str) -> object:
    """Change one time limit of your draft."""
    version = publishing.set_limit(
        the_system(), the_actor(), draft_id=draft_id, version=body["version"], key=body["key"],
        length=body["length"], unit_name=body["unit"], source=body["source"],
    )
    return {"version": version}


@blueprint.route("/drafts/<string:draft_id>/check", methods=["POST"])
@blueprint.only_looks()
@blueprint.arguments(CheckIn)
@blueprint.response(200, FindingsOut)
@needs(Permission.PROCESSES_EDIT)
def check(body: dict[str, Any], draft_id: str) -> object:
    """Check a draft, as it is or as it would be with some files."""
    found = publishing.check_draft(
        the_system(), the_actor(), draft_id=draft_id, files=_bytes(body["files"]) or None
    )
    return {"items": found}


@blueprint.route("/drafts/<string:draft_id>/review", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.PROCESSES_EDIT)
def review(body: object, draft_id: str) -> object:
    """Ask for review; findings that stop are refused here."""
    publishing.ask_review(the_system(), the_actor(), draft_id=draft_id)
    return DONE


@blueprint.route("/drafts/<string:draft_id>/send-back", methods=["POST"])
@blueprint.arguments(SendBackIn)
@blueprint.response(200, Done)
@needs(Permission.PROCESSES_REVIEW)
def send_back(body: dict[str, Any], draft_id: str) -> object:
    """Send a draft under review back to its author."""
    publishing.send_back(the_system(), the_actor(), draft_id=draft_id, **body)
    return DONE


@blueprint.route("/drafts/<string:draft_id>/publish", methods=["POST"])
@blueprint.arguments(PublishIn)
@blueprint.response(200, Number)
@needs(Permission.PROCESSES_REVIEW)
@weighty
def publish(body: dict[str, Any], draft_id: str) -> object:
    """Publish a reviewed draft as the second person; new runs use it, running ones stay."""
    return {"number": publishing.publish_draft(the_system(), the_actor(), draft_id=draft_id, **body)}


def _bytes(files: dict[str, str | None]) -> dict[str, bytes | None]:
    return {name: None if text is None else text.encode() for name, text in files.items()}


def _out(found: DraftView) -> dict[str, object]:
    return {
        "line": found.line, "version": found.version, "note": found.note, "digest": found.bundle.digest,
        "base_digest": found.base.digest, "base_number": found.base_number, "is_behind": found.is_behind,
        "files": {name: data.decode("utf-8", "replace") for name, data in found.bundle.files.items()},
        "changes": found.changes,
    }
