"""Loads every table module, so that ``metadata`` is complete for migrations and tests."""

from __future__ import annotations

from nrm.records.tables import (
    account,
    agency,
    bundle,
    case,
    configuration,
    consent,
    deadline,
    erasure,
    fact,
    factor,
    history,
    key,
    need_to_know,
    notice,
    record,
    referral,
    run,
    task,
    told_counts,
    tree,
    two_persons,
    work,
    working_time,
)
from nrm.records.tables.base import Base

MODULES = (
    account, agency, bundle, case, configuration, consent, deadline, erasure, fact, factor, history, key, need_to_know,
    notice, record, referral, run, task, told_counts, tree, two_persons, work, working_time,
)
metadata = Base.metadata
