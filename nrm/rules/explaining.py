"""Why somebody can or cannot see a case: the same evaluation as the decision, with everything that was weighed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from nrm.rules.access import decide
from nrm.rules.consent import Consent
from nrm.rules.policy import Policy
from nrm.rules.relations import CaseResource, Link, links
from nrm.rules.visibility import Decision, readable_history, weighed, widest
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.permissions import Permission


@dataclass(frozen=True, slots=True)
class Explained:
    """What holds for one category, and what each role of the reader in this case gives."""

    decision: Decision
    weighed: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether somebody can open a case, how they stand to it, and what they see of it.

    ``permissions``: every permission that concerns a case, decided; ``categories``: every data category.
    """

    opens: Decision
    is_kept_away: bool
    links: tuple[Link, ...]
    permissions: Mapping[Permission, Decision] = field(hash=False)
    categories: Mapping[Category, Explained] = field(hash=False)
    history: Decision


def explain(
    actor: Actor, case: CaseResource, policy: Policy, consents: Iterable[Consent], now: datetime, *,
    agency_kind: str = "", child: bool = False, asked: Iterable[Permission] = (),
) -> Explanation:
    """Explain what ``decide``, ``readable_categories`` and ``readable_history`` say; asks the same of all three.

    ``asked``: the permissions to be explained beside the reading of the case; the rest as for readable_categories.
    """
    found = weighed(actor, case, policy, consents, now, agency_kind=agency_kind, child=child)
    return Explanation(
        opens=decide(actor, Permission.CASE_READ, case, policy),
        is_kept_away=actor.user_id in case.conflicts,
        links=links(actor, case, policy.roles),
        permissions={permission: decide(actor, permission, case, policy) for permission in asked},
        categories={category: Explained(widest(category, some), some) for category, some in found.items()},
        history=readable_history(actor, case, policy),
    )
