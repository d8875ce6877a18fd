"""Why a case is erased, in words."""

from __future__ import annotations

from nrm.rules.retention import Basis

BASES = {
    Basis.TIME_HAS_COME: "The time for which it is kept is over", Basis.PERSON_ASKED: "The person asked for it",
    Basis.COURT_ORDER: "Order of a court", Basis.OPENED_BY_MISTAKE: "The case was opened by mistake",
}
