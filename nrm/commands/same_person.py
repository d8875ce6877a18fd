"""Say that two accounts are one person's: what needs two people is then not done with both (goal:S21)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from nrm.commands.settling.ledger import Ledger
from nrm.queries.scope import require_role
from nrm.records.same_person import accounts_of, spread_conflicts
from nrm.records.tables.account import User
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.need_to_know import PersonAccount
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotAllowed, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


def say_same_person(system: System, actor: Actor, *, user_id: str, login: str) -> None:
    """Say that the account ``user_id`` and the one called ``login`` are one person's; this is not taken back.

    Conflicts of interest of the one are from now on those of the other. Raises InvalidInput, NotFound, NotAllowed.
    """
    rule = require_role(actor, Permission.ADMIN_TOKENS, system.configuration.policy)
    with system.database.unit(actor) as unit:
        conn = unit.conn
        if conn.execute(select(User.id).where(User.id == user_id)).first() is None:
            raise NotFound
        other = conn.execute(select(User.id).where(User.login == login.strip().lower())).scalar()
        if other is None or other == user_id:
            raise InvalidInput(fields={"login": ["Write the sign-in name of another account."]})
        if actor.user_id in (user_id, other):
            raise NotAllowed("Somebody else has to change your own account.", rule="separation:own_account")
        accounts = accounts_of(conn, user_id) | accounts_of(conn, str(other))
        for account in sorted(accounts):
            statement = upsert(PersonAccount).values(user_id=account, person_id=min(accounts))
            conn.execute(statement.on_conflict_do_update(
                index_elements=[PersonAccount.user_id], set_={"person_id": min(accounts)}
            ))
        spread_conflicts(unit, user_id)
        Ledger(unit, INSTALLATION).enter("user.same_person", f"user:{user_id}", rule=rule, payload={"other": other})
