"""Start a process that can happen at any time: risk review, change of consent, missing, detention."""

from __future__ import annotations

from nrm.commands.case_act import case_act
from nrm.decisions.feel import parse_expression
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, NotAllowed, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.library import Published
from nrm.wiring.system import System


def start_run(system: System, actor: Actor, *, case_id: str, process: str, seen_version: int | None = None) -> str:
    """Start an on-demand process in a case; returns the run's id.

    Raises NotFound for a process nobody starts by hand, NotAllowed for a role that may not, Conflict
    where its start condition does not hold now.
    """
    with case_act(system, actor, Permission.CASE_START_RUN, case_id, seen_version=seen_version) as act:
        published = system.library.current(act.unit.conn, process)
        require_startable(published, actor)
        facts = act.settlement.facts.for_run("", published)
        if not may_start_now(published, facts):
            raise Conflict("This process cannot start now: what it needs does not hold in this case.")
        act.enter("run.asked_for", f"process:{process}", bundle=published.digest)
        return act.settlement.start_run(process).id


def require_startable(published: Published, actor: Actor) -> None:
    """Refuse what nobody, or not this role, starts by hand."""
    process = published.process
    if "person" not in process.starts:
        raise NotFound(f"The process {process.id} is not started by hand.")
    if process.start_roles and not actor.roles & set(process.start_roles):
        raise NotAllowed("Your role does not start this process.", rule=f"start:{process.id}")


def may_start_now(published: Published, facts: dict[str, object]) -> bool:
    """Whether the process's start condition holds; not known counts as no."""
    condition = published.process.start_when
    return not condition or parse_expression(condition).evaluate(facts).value is True
