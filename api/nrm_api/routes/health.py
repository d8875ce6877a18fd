"""Whether the work that nobody presses a button for gets done: for people, and as numbers for monitoring."""

from __future__ import annotations

from nrm.queries.work_health import WorkCounts, WorkHealth, work_counts, work_health
from nrm_api.blueprint import new_blueprint
from nrm_api.dumping import plain_schema
from nrm_api.signing import the_actor, the_system

blueprint = new_blueprint("health", "The work of the workers")


@blueprint.route("/health/work")
@blueprint.response(200, plain_schema(WorkHealth))
def get_work() -> object:
    """Say which workers are there, what is late, what waits and what failed."""
    return work_health(the_system(), the_actor())


@blueprint.route("/health/counts")
@blueprint.response(200, plain_schema(WorkCounts))
def get_counts() -> object:
    """Say it in numbers only, for monitoring: something is wrong where `alarms` is not empty."""
    return work_counts(the_system(), the_actor())
