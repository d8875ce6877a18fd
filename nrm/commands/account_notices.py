"""What happens to somebody's account is told to them by every channel, so that they can stop what is not theirs."""

from __future__ import annotations

from nrm.records.outgoing import add_notice, add_outgoing
from nrm.records.unit import Unit
from nrm.vocabulary.mail import Weight


def tell_owner(unit: Unit, user_id: str, key: str) -> None:
    """Tell the owner of an account, in their notices and by mail at once. ``key`` names the wording of the notice."""
    add_notice(unit, user_id=user_id, kind="account", text_key=key)
    add_outgoing(unit, user_id=user_id, next_at=unit.now, weight=Weight.SAFETY)
