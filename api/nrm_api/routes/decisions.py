"""Decisions: those in force, each with its rules, tests and findings, tried on facts with the reasons."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from nrm.decisions.dmn import explained
from nrm.decisions.dmn.explaining import plain
from nrm.queries.decisions import (
    Asked,
    DecisionLine,
    DecisionVersion,
    DecisionView,
    compare_decision,
    decision_view,
    decisions_list,
    try_decision,
)
from nrm.vocabulary.findings import Finding
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import new_blueprint
from nrm_api.dumping import list_of, plain_schema
from nrm_api.signing import needs, the_actor, the_system

blueprint = new_blueprint("decisions", "Decision tables in force, and what they come to")


class WhichVersion(Schema):
    """Which version of the process; the one in force if left out."""

    version = fields.Integer(strict=False)


class GivenFacts(Schema):
    """Facts by name; what is missing is not known."""

    facts = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True, metadata={
        "example": {"threats_since_exit": "yes", "has_cooperated": "no"},
    })


class TestOut(Schema):
    """One test that travels with a decision, and whether it holds."""

    name = fields.String()
    given = fields.Dict()
    ok = fields.Boolean()
    sentence = fields.String(metadata={"description": "What is not as the test has it; empty where it holds."})


class DecisionOut(Schema):
    """A decision of one version: what it asks, its rules as written and in words, its tests and findings."""

    table = fields.String()
    name = fields.String()
    process = fields.String()
    process_title = fields.String()
    number = fields.Integer(metadata={"description": "The version of the process."})
    logic = fields.Dict(metadata={"description": "Hit policy, columns and rules, as written and in words."})
    asked = fields.List(fields.Nested(plain_schema(Asked)))
    tests = fields.List(fields.Nested(TestOut))
    findings = fields.List(fields.Nested(plain_schema(Finding)))
    versions = fields.List(fields.Nested(plain_schema(DecisionVersion)))


class ExplainedOut(Schema):
    """What a decision came to and why, in words. What is empty is left out."""

    outputs = fields.Dict(allow_none=True, metadata={"description": "Null where nothing could be decided."})
    decision = fields.String()
    problem = fields.String(metadata={"description": "Why nothing was decided."})
    asked = fields.List(fields.Dict(), metadata={"description": "What was asked and what it was."})
    matched = fields.List(fields.String(), metadata={"description": "Ids of the rules that applied."})
    reasons = fields.List(fields.String())
    closest = fields.List(fields.String(), metadata={"description": "The rules that came closest, and what kept them."})
    might = fields.List(fields.String(), metadata={"description": "Rules that only an unknown fact kept out."})
    not_known = fields.List(fields.String(), attribute="unknown", data_key="unknown", metadata={
        "description": "Facts that were not known and mattered.",
    })
    steps = fields.List(fields.Dict(), metadata={"description": "The decisions on the way, in their order."})


class ChangesOut(Schema):
    """What changed in a decision between two versions."""

    changes = fields.List(fields.String())


@blueprint.route("/decisions")
@blueprint.response(200, list_of(plain_schema(DecisionLine), "Decisions"))
def list_decisions() -> object:
    """List the decisions in force."""
    return {"items": decisions_list(the_system(), the_actor())}


@blueprint.route("/decisions/<string:process>/<string:table>")
@blueprint.arguments(WhichVersion, location="query")
@blueprint.response(200, DecisionOut)
@needs(Permission.PROCESSES_READ)
def get_decision(query: dict[str, Any], process: str, table: str) -> object:
    """Read one decision: its rules in words, what it asks, its tests as they go now, what the analysis found."""
    view = decision_view(the_system(), the_actor(), process=process, table=table, number=query.get("version"))
    return _told(view)


@blueprint.route("/decisions/<string:process>/<string:table>/evaluate", methods=["POST"])
@blueprint.arguments(WhichVersion, location="query")
@blueprint.arguments(GivenFacts)
@blueprint.response(200, ExplainedOut)
@needs(Permission.PROCESSES_READ)
@blueprint.only_looks()
def evaluate(query: dict[str, Any], body: dict[str, Any], process: str, table: str) -> object:
    """Try a published decision on facts; the answer says why. Nothing is kept, and nothing is decided by it."""
    return explained(try_decision(
        the_system(), the_actor(), process=process, table=table, inputs=body["facts"], number=query.get("version"),
    ))


@blueprint.route("/decisions/<string:process>/<string:table>/changes/<int:before>/<int:after>")
@blueprint.response(200, ChangesOut)
def get_changes(process: str, table: str, before: int, after: int) -> object:
    """Compare a decision of two versions, cell by cell, in words."""
    _, _, changes = compare_decision(
        the_system(), the_actor(), process=process, table=table, before=before, after=after,
    )
    return {"changes": [change.sentence for change in changes]}


def _told(view: DecisionView) -> dict[str, object]:
    return {
        "table": view.table, "name": view.decision.name, "process": view.process,
        "process_title": view.process_title, "number": view.number, "logic": view.decision.as_rows(),
        "asked": view.asked, "findings": view.findings, "versions": view.versions,
        "tests": [
            {"name": one.test.name, "given": plain(dict(one.test.given)), "ok": one.ok, "sentence": one.sentence}
            for one in view.proofs
        ],
    }
