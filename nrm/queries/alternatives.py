"""Who else could give a service: named to the referrer in the same minute in which a provider refuses (domain 2.8)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection, Row

from nrm.records.tables.referral import Referral
from nrm.rules.referral_steps import ReferralStatus
from nrm.wiring.directory import Agencies

PROVIDER = "PROV"
MOST = 5


def other_providers(conn: Connection, agencies: Agencies, referral: Row[Any], district: str) -> tuple[str, ...]:
    """Return the ids of at most five providers of the district, without those that refused this line already.

    They stand in the order in which routing prefers them.
    """
    refused = set(conn.execute(select(Referral.to_agency).where(
        Referral.case_id == referral.case_id, Referral.service == referral.service,
        Referral.status == ReferralStatus.REFUSED,
    )).scalars())
    return tuple([
        agency.id for agency in agencies.active
        if PROVIDER in agency.serves and district in agency.districts
        and agency.id not in refused and agency.id != referral.to_agency
    ][:MOST])
