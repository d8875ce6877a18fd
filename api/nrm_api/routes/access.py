"""Need to know: why one sees a case, who opened it, who is kept from it; signals and emergencies for who watches."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.conflicts import declare_conflict, lift_conflict, note_conflict
from nrm.commands.emergencies import LONGEST as LONGEST_WORDS
from nrm.commands.emergencies import Emergency, end_emergency, open_in_emergency
from nrm.commands.read_access import read_readers, why_me, why_them
from nrm.commands.read_conflicts import read_conflicts
from nrm.commands.same_person import say_same_person
from nrm.commands.watching_access import LONGEST_NOTE, mark_signal_seen
from nrm.queries.conflicts import ConflictsView
from nrm.queries.readers import ReadersPage
from nrm.queries.signals import STATUSES, EmergencyLine, SignalLine, emergencies, my_emergencies, signals
from nrm.queries.why_seen import WhyView
from nrm.vocabulary.access_words import ConflictReason, GlassReason
from nrm.vocabulary.permissions import Permission
from nrm_api import examples
from nrm_api.blueprint import DONE, Done, Paging, new_blueprint, page, words, yes_no
from nrm_api.dumping import list_of, page_of, plain_schema
from nrm_api.routes.cases import the_case
from nrm_api.signing import needs, the_actor, the_system, weighty

blueprint = new_blueprint("access", "Need to know: who sees a case, why, and who is kept from it")

REASONS = sorted(str(reason) for reason in ConflictReason)
DANGERS = sorted(str(reason) for reason in GlassReason)


class ReadersQuery(Schema):
    """Which readings: the newest without ``before_seq``."""

    before_seq = fields.Integer(validate=validate.Range(1))
    limit = fields.Integer(validate=validate.Range(1, 200))


class OwnConflictIn(Schema):
    """Why one has a conflict of interest oneself."""

    reason = fields.String(required=True, validate=validate.OneOf(REASONS))


class ConflictIn(OwnConflictIn):
    """Who is kept from the case, and why."""

    user_id = fields.String(required=True)


class SignalsQuery(Paging):
    """Which signals."""

    status = fields.String(load_default="open", validate=validate.OneOf(STATUSES))


class SeenIn(Schema):
    """What came of a signal, without a word about the person of the case."""

    note = words(LONGEST_NOTE, required=True)


class PersonIn(Schema):
    """The sign-in name of another account of the same person."""

    login = fields.String(required=True)


class EmergencyIn(Schema):
    """Which case, which danger, and what happens, in words that an auditor reads.

    ``stay``: the place of stay too.
    """

    code = fields.String(required=True, validate=validate.Length(1, 40))
    reason = fields.String(required=True, validate=validate.OneOf(DANGERS))
    words = words(LONGEST_WORDS, required=True)
    stay = yes_no(load_default=False)


@blueprint.route("/cases/<string:case>/access")
@blueprint.response(200, plain_schema(WhyView), example=examples.WHY)
def access(case: str) -> object:
    """Say why you see what you see of a case: for each data category the rule and a sentence."""
    return why_me(the_system(), the_actor(), case_id=the_case(case))


@blueprint.route("/cases/<string:case>/readers")
@blueprint.arguments(ReadersQuery, location="query")
@blueprint.response(200, plain_schema(ReadersPage))
@needs(Permission.READERS_LIST)
def readers(query: dict[str, Any], case: str) -> object:
    """List who opened a case, when and by which rule, the newest first."""
    return read_readers(the_system(), the_actor(), case_id=the_case(case), **query)


@blueprint.route("/cases/<string:case>/conflicts")
@blueprint.response(200, plain_schema(ConflictsView))
def conflicts(case: str) -> object:
    """List who is kept from a case, and who could be; a hint is no verdict."""
    return read_conflicts(the_system(), the_actor(), case_id=the_case(case))


@blueprint.route("/cases/<string:case>/conflicts", methods=["POST"])
@blueprint.arguments(ConflictIn)
@blueprint.response(200, Done)
@needs(Permission.CONFLICT_KEEP)
def keep_away(body: dict[str, Any], case: str) -> object:
    """Keep somebody from a case for a conflict of interest; what they hold moves in the same act."""
    note_conflict(the_system(), the_actor(), case_id=the_case(case), **body)
    return DONE


@blueprint.route("/cases/<string:case>/conflicts/own", methods=["POST"])
@blueprint.arguments(OwnConflictIn)
@blueprint.response(200, Done)
@needs(Permission.CASE_READ)
def declare(body: dict[str, Any], case: str) -> object:
    """Say that you have a conflict of interest yourself: from then on the case is not there for you."""
    declare_conflict(the_system(), the_actor(), case_id=the_case(case), **body)
    return DONE


@blueprint.route("/cases/<string:case>/conflicts/<string:kept_id>", methods=["DELETE"])
@blueprint.response(200, Done)
def lift(case: str, kept_id: str) -> object:
    """Let somebody back; neither they themselves nor who noted the conflict does it."""
    lift_conflict(the_system(), the_actor(), case_id=the_case(case), user_id=kept_id)
    return DONE


@blueprint.route("/audit/cases/<string:case>/access/<string:user_id>")
@blueprint.response(200, plain_schema(WhyView))
def access_of(case: str, user_id: str) -> object:
    """Say in full why somebody can or cannot see a case now."""
    return why_them(the_system(), the_actor(), case_id=the_case(case), user_id=user_id)


@blueprint.route("/access-signals")
@blueprint.arguments(SignalsQuery, location="query")
@blueprint.response(200, page_of(plain_schema(SignalLine), "SignalPageOut"))
@needs(Permission.SIGNALS_READ)
def signal_list(query: dict[str, Any]) -> object:
    """List signals of unusual access, the newest first: reasons to look, no verdicts."""
    return page(signals(the_system(), the_actor(), **query))


@blueprint.route("/access-signals/<string:signal_id>/seen", methods=["POST"])
@blueprint.arguments(SeenIn)
@blueprint.response(200, Done)
@needs(Permission.SIGNALS_READ)
def seen(body: dict[str, Any], signal_id: str) -> object:
    """Say what came of a signal."""
    mark_signal_seen(the_system(), the_actor(), signal_id=signal_id, **body)
    return DONE


@blueprint.route("/emergencies")
@blueprint.arguments(Paging, location="query")
@blueprint.response(200, page_of(plain_schema(EmergencyLine), "EmergencyPageOut"))
@needs(Permission.SIGNALS_READ)
def emergency_list(query: dict[str, Any]) -> object:
    """List the cases that were opened in an emergency, the newest first."""
    return page(emergencies(the_system(), the_actor(), **query))


@blueprint.route("/emergencies", methods=["POST"])
@blueprint.may_say("429")
@blueprint.arguments(EmergencyIn)
@blueprint.response(201, plain_schema(Emergency))
@needs(Permission.GLASS_BREAK)
@weighty
def emergency_open(body: dict[str, Any]) -> object:
    """Open a case that is not yours because of danger: for hours, told at once, reviewed by an auditor."""
    return open_in_emergency(the_system(), the_actor(), **body)


@blueprint.route("/emergencies/<string:emergency_id>", methods=["DELETE"])
@blueprint.response(200, Done)
def emergency_end(emergency_id: str) -> object:
    """End your own access before its time."""
    end_emergency(the_system(), the_actor(), emergency_id=emergency_id)
    return DONE


@blueprint.route("/me/emergencies")
@blueprint.response(200, list_of(plain_schema(EmergencyLine), "Emergencies"))
@needs(Permission.GLASS_BREAK)
def my_emergency_list() -> object:
    """List your own accesses in an emergency that run now."""
    return {"items": my_emergencies(the_system(), the_actor())}


@blueprint.route("/users/<string:user_id>/person", methods=["PUT"])
@blueprint.arguments(PersonIn)
@blueprint.response(200, Done)
@needs(Permission.ADMIN_TOKENS)
def same_person(body: dict[str, Any], user_id: str) -> object:
    """Say that two accounts are one person's: what needs two people is not done with both."""
    say_same_person(the_system(), the_actor(), user_id=user_id, **body)
    return DONE
