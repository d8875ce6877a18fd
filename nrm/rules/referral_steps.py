"""The states of a referral and the steps between them: a step that is not here is never taken (domain 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class ReferralStatus(StrEnum):
    """The state of one referral."""

    DRAFT = "draft"
    """Prepared: its fields are chosen, nothing has left."""
    SENT = "sent"
    """The provider is asked and sees the minimum."""
    RETURNED = "returned"
    """The provider has asked a question first."""
    ACCEPTED = "accepted"
    """The provider has taken it on and sees the named fields."""
    REFUSED = "refused"
    """The provider cannot, with a reason; other providers are named at once."""
    DELIVERED = "delivered"
    """The provider says that the service was given."""
    CONFIRMED = "confirmed"
    """The person says so too."""
    NOT_DELIVERED = "not_delivered"
    """It came to nothing; the provider's access has ended."""
    REVOKED = "revoked"
    """Taken back: by the referrer, or because the consent ended."""
    EXPIRED = "expired"
    """What asked for it ended before it was answered."""


_S = ReferralStatus
STEPS: Mapping[ReferralStatus | None, frozenset[ReferralStatus]] = {
    None: frozenset({_S.DRAFT, _S.SENT, _S.ACCEPTED}),
    _S.DRAFT: frozenset({_S.SENT, _S.REVOKED, _S.EXPIRED}),
    _S.SENT: frozenset({_S.RETURNED, _S.ACCEPTED, _S.REFUSED, _S.REVOKED, _S.EXPIRED}),
    _S.RETURNED: frozenset({_S.SENT, _S.REVOKED, _S.EXPIRED}),
    _S.ACCEPTED: frozenset({_S.DELIVERED, _S.CONFIRMED, _S.NOT_DELIVERED, _S.REVOKED}),
    _S.DELIVERED: frozenset({_S.CONFIRMED, _S.NOT_DELIVERED, _S.REVOKED}),
    _S.CONFIRMED: frozenset({_S.REVOKED}),
    _S.REFUSED: frozenset(),
    _S.NOT_DELIVERED: frozenset(),
    _S.REVOKED: frozenset(),
    _S.EXPIRED: frozenset(),
}
"""What may follow a state; None: there is no referral yet (a place found on the phone begins as accepted)."""

UNANSWERED = (_S.DRAFT, _S.SENT, _S.RETURNED)
"""It has not been answered: it ends with what asked for it."""
OPEN = (*UNANSWERED, _S.ACCEPTED)
"""Something is still to come of it."""
CHANGEABLE = (_S.DRAFT, _S.SENT, _S.RETURNED, _S.ACCEPTED)
"""What the provider is told can still be named anew."""
REVOCABLE = tuple(status for status, after in STEPS.items() if status is not None and _S.REVOKED in after)
"""It can be taken back."""


def may_become(before: str | None, after: str) -> bool:
    """Whether a referral in the state ``before`` (None: not there yet) may become ``after``. ValueError if unknown."""
    return ReferralStatus(after) in STEPS[None if before is None else ReferralStatus(before)]
