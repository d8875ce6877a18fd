"""Cases: the list, opening one, its page, its process and its history."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.open_case import BACKBONE, OpenedCase, open_case, opening_form
from nrm.commands.read_case import read_case, read_process, reveal
from nrm.commands.read_history import Verdict, read_history, verify_case
from nrm.commands.search_duplicates import Match, search_duplicates
from nrm.queries.case_history import EntryFilter, HistoryPage
from nrm.queries.case_list import CaseLine, case_id_of, case_list
from nrm.queries.case_process import ProcessView
from nrm.queries.case_registers import PlanLineSeen
from nrm.queries.case_view import GROUPS, CasePage
from nrm.queries.known import Known
from nrm.queries.paging import LARGEST_LIMIT
from nrm.vocabulary.permissions import Permission
from nrm_api import examples
from nrm_api.blueprint import Nothing, Paging, answers, aware, new_blueprint, page, with_version
from nrm_api.dumping import list_of, page_of, plain_schema
from nrm_api.form_json import FormOut, form_json
from nrm_api.signing import needs, the_actor, the_system

blueprint = new_blueprint("cases", "Cases, by id or by code")

CaseOut = plain_schema(CasePage)
VerdictOut = plain_schema(Verdict)
HistoryOut = plain_schema(HistoryPage)


def the_case(case: str) -> str:
    """Return the id of the case a path names by id or code. Raises NotFound."""
    return case_id_of(the_system(), the_actor(), case)


class CasesQuery(Paging):
    """Which cases."""

    status = fields.String(metadata={"description": "running, ended, or one status."})
    district = fields.String()
    stage = fields.String()
    q = fields.String(validate=validate.Length(max=20), metadata={"description": "The beginning of a code."})


class OpenIn(Schema):
    """A new case: where the person stays, and the answers of the opening form."""

    process = fields.String(load_default=BACKBONE)
    district = fields.String(required=True)
    answers = answers()
    happened_at = aware()


class FormQuery(Schema):
    """Of which process."""

    process = fields.String(load_default=BACKBONE)


class SearchIn(Schema):
    """Words of a name, or a number, by dictionary element (`person.given_name`, `contact.phone` ...)."""

    names = fields.Dict(
        keys=fields.String(), values=fields.String(validate=validate.Length(max=200)), required=True,
        validate=validate.Length(min=1, max=6),
    )


class RevealIn(Schema):
    """What to open."""

    group = fields.String(required=True, validate=validate.OneOf(sorted(GROUPS)))


class RunQuery(Schema):
    """Which run, without it the one where work is going on; ``at``: as it stood at an instant of the past."""

    run = fields.String()
    at = aware()


class HistoryQuery(Schema):
    """Where the page begins, and of whom, of which agency and of which kind of act the entries are."""

    before_seq = fields.Integer(validate=validate.Range(min=1))
    limit = fields.Integer(validate=validate.Range(1, LARGEST_LIMIT))
    actor = fields.String(validate=validate.Length(max=100))
    agency = fields.String(validate=validate.Length(max=100))
    act = fields.String(validate=validate.Length(max=100))


@blueprint.route("/cases")
@blueprint.arguments(CasesQuery, location="query")
@blueprint.response(200, page_of(plain_schema(CaseLine), "CasePageOut"))
@needs(Permission.CASES_LIST)
def list_cases(query: dict[str, Any]) -> object:
    """List the cases you work on, the newest first."""
    return page(case_list(the_system(), the_actor(), **query))


@blueprint.route("/cases/opening-form")
@blueprint.arguments(FormQuery, location="query")
@blueprint.response(200, FormOut)
@needs(Permission.CASES_OPEN)
def get_opening_form(query: dict[str, Any]) -> object:
    """Get the form a case is opened with."""
    form = opening_form(the_system(), the_actor(), query["process"])
    return form_json(the_system(), the_actor(), form)


@blueprint.route("/cases", methods=["POST"])
@blueprint.arguments(OpenIn, example=examples.OPEN_CASE)
@blueprint.response(201, plain_schema(OpenedCase), example=examples.OPENED)
@needs(Permission.CASES_OPEN)
def open_one(body: dict[str, Any]) -> object:
    """Open a case. Search first (`POST /cases/search`): the person may have one."""
    opened = open_case(the_system(), the_actor(), **body)
    return opened, 201, {"Location": f"/api/v1/cases/{opened.case_id}"}


@blueprint.route("/cases/search", methods=["POST"])
@blueprint.may_say("429")
@blueprint.only_looks()
@blueprint.arguments(SearchIn, example=examples.SEARCH)
@blueprint.response(200, list_of(plain_schema(Match), "Matches"))
@needs(Permission.CASES_OPEN)
def search(body: dict[str, Any]) -> object:
    """Look for a case of the same person; this leaves an entry, found or not."""
    return {"items": search_duplicates(the_system(), the_actor(), names=body["names"])}


@blueprint.route("/cases/<string:case>")
@blueprint.response(200, CaseOut)
def get_case(case: str) -> object:
    """Open the page of a case, as far as you may see it; this leaves an entry in its history."""
    found = read_case(the_system(), the_actor(), case_id=the_case(case))
    return with_version(found, found.version)


@blueprint.route("/cases/<string:case>/reveal", methods=["POST"])
@blueprint.only_looks()
@blueprint.arguments(RevealIn)
@blueprint.response(200, list_of(plain_schema(Known), "Revealed"))
@needs(Permission.CASE_READ)
def open_group(body: dict[str, Any], case: str) -> object:
    """Open names, ways of contact, the place of stay, or answers on self-harm; each time leaves an entry."""
    return {"items": reveal(the_system(), the_actor(), case_id=the_case(case), group=body["group"])}


@blueprint.route("/cases/<string:case>/process")
@blueprint.arguments(RunQuery, location="query")
@blueprint.response(200, plain_schema(ProcessView))
@needs(Permission.CASE_PROCESS)
def get_process(query: dict[str, Any], case: str) -> object:
    """Where the case stands, or stood at an instant: runs, the diagram of one with marks, and the equal list."""
    return read_process(
        the_system(), the_actor(), case_id=the_case(case), run_id=query.get("run"), at=query.get("at"),
    )


@blueprint.route("/cases/<string:case>/plan")
@blueprint.response(200, list_of(plain_schema(PlanLineSeen), "Plan"))
def get_plan(case: str) -> object:
    """Read the lines of the plan, as far as you may see them."""
    return {"items": read_case(the_system(), the_actor(), case_id=the_case(case)).plan}


@blueprint.route("/cases/<string:case>/history")
@blueprint.arguments(HistoryQuery, location="query")
@blueprint.response(200, HistoryOut, example=examples.HISTORY)
@needs(Permission.CASE_HISTORY)
def get_history(query: dict[str, Any], case: str) -> object:
    """Read who did what and when, the newest first; reading it is an entry too."""
    wanted = EntryFilter(*(query.pop(name, None) for name in ("actor", "agency", "act")))
    return read_history(the_system(), the_actor(), case_id=the_case(case), wanted=wanted, **query)


@blueprint.route("/cases/<string:case>/history/check", methods=["POST"])
@blueprint.only_looks()
@blueprint.arguments(Nothing)
@blueprint.response(200, VerdictOut, example=examples.VERDICT)
@needs(Permission.CASE_HISTORY)
def check_history(body: object, case: str) -> object:
    """Check that the history was not altered; the answer is a sentence."""
    return verify_case(the_system(), the_actor(), case_id=the_case(case))
