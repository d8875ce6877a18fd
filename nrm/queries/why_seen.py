"""Why somebody can or cannot see a case: the explanation, with the facts it rests on and words for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from nrm.queries.scope import require_role
from nrm.queries.standing import Standing
from nrm.records.tables.account import User
from nrm.rules.explaining import Explanation, explain
from nrm.rules.permission_table import TABLE, Asks
from nrm.rules.policy import Policy
from nrm.rules.visibility import Extent
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.directory import Agencies
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class Told:
    """One decision: what it is about, whether it is allowed, by which rule, in a sentence to the reader."""

    about: str
    allowed: bool
    rule: str
    sentence: str
    extent: str = str(Extent.NONE)


@dataclass(frozen=True, slots=True)
class Tie:
    """One way in which a role stands to the case. ``named``: one of the named few."""

    role: str
    relation: str
    named: bool


@dataclass(frozen=True, slots=True)
class WhyView:
    """Why somebody can or cannot see one case, at one instant.

    ``opens``: the case itself; ``categories``: every data category; ``weighed``: what each of their roles in this
    case gives for a category; ``permissions``: everything else that can be done with a case.
    """

    case_id: str
    case_code: str
    user_id: str
    agency_id: str
    roles: tuple[str, ...]
    at: datetime
    is_kept_away: bool
    ties: tuple[Tie, ...]
    opens: Told
    history: Told
    categories: tuple[Told, ...]
    weighed: tuple[Told, ...] = ()
    permissions: tuple[Told, ...] = ()


ABOUT_CASES = tuple(permission for permission in Permission if TABLE[permission][0] is Asks.CASE)


def explained(standing: Standing, policy: Policy, agencies: Agencies) -> Explanation:
    """Return the explanation for who stands before a case: asked of what the decisions are asked of."""
    return explain(
        standing.actor, standing.resource, policy, standing.consents, standing.now,
        agency_kind=agencies.kind(standing.actor.agency_id), child=standing.treated_as_child, asked=ABOUT_CASES,
    )


def why_view(standing: Standing, policy: Policy, agencies: Agencies, *, in_full: bool) -> WhyView:
    """Return it for people; ``in_full``: with everything that was weighed, for who checks access."""
    found = explained(standing, policy, agencies)
    actor: Actor = standing.actor
    weighed = [
        Told(str(category), one.allowed, one.rule, one.sentence, str(one.extent))
        for category, explanation in found.categories.items() for one in explanation.weighed
    ]
    return WhyView(
        str(standing.case.id), str(standing.case.code), actor.user_id, actor.agency_id, tuple(sorted(actor.roles)),
        standing.now, found.is_kept_away,
        tuple(Tie(link.role, str(link.relation), link.named) for link in found.links),
        Told("case", found.opens.allowed, found.opens.rule, found.opens.sentence),
        Told("history", found.history.allowed, found.history.rule, found.history.sentence, str(found.history.extent)),
        tuple(
            Told(str(category), one.decision.allowed, one.decision.rule, one.decision.sentence,
                 str(one.decision.extent))
            for category, one in found.categories.items()
        ),
        tuple(weighed) if in_full else (),
        tuple(
            Told(str(permission), one.allowed, one.rule, one.sentence)
            for permission, one in found.permissions.items()
        ) if in_full else (),
    )


def user_of_login(system: System, actor: Actor, login: str) -> str | None:
    """Return the account of a sign-in name, for who may read any history; None where there is none.

    Raises NotAllowed.
    """
    require_role(actor, Permission.AUDIT_SEARCH, system.configuration.policy)
    with system.database.reader(actor) as unit:
        found: str | None = unit.conn.execute(select(User.id).where(User.login == login.strip().lower())).scalar()
    return found
