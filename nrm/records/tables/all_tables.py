"""Loads every table module, so that ``metadata`` is complete for migrations and tests."""

from __future__ import annotations

from nrm.records.tables import (
    account,
    agency,
    bundle,
    case,
    consent,
    deadline,
    fact,
    history,
    key,
    notice,
    record,
    referral,
    run,
    task,
    work,
    working_time,
)
from nrm.records.tables.base import Base

MODULES = (
    account, agency, bundle, case, consent, deadline, fact, history, key, notice, record, referral, run, task,
    work, working_time,
)
metadata = Base.metadata
