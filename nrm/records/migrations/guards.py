"""Triggers that refuse what must never happen to a row (a speed bump; the chain is the guarantee).

Part of revision 0001 and frozen with it: a later revision that changes a guard drops and makes its own.
"""

from __future__ import annotations

from collections.abc import Iterator

APPEND_ONLY = ("history",)
"""Neither updated nor deleted."""
NEVER_UPDATED = ("fact_version", "record", "rung_fired")
"""A new version is a new row."""
NEVER_DELETED = ("chain_head",)
FIXED = {
    "bundle": ("digest", "process", "number", "files", "author_id", "published_at"),
    "case": ("id", "code", "opened_at", "opened_by"),
    "step": ("id", "run_id", "case_id", "engine_id", "element"),
}
"""Columns that keep the value they were written with."""

LATER = {
    "consent_version": ("id", "version"),
    "disclosure": ("id",),
    "recall": ("id",),
    "tree_leaf": ("position",),
    "tree_node": ("level", "position"),
    "checkpoint": ("id",),
    "anchor_receipt": ("place", "checkpoint_id"),
    "configuration_version": ("number",),
}
"""Tables of later revisions that are neither updated nor deleted, and their primary keys: see :func:`append_only`."""

_FUNCTION = """
CREATE FUNCTION nrm_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = lower(TG_OP) || ' on ' || TG_TABLE_NAME || ' is refused',
    ERRCODE = 'integrity_constraint_violation';
END $$
"""


def made(dialect: str) -> Iterator[str]:
    """Return the statements that put the guards in place."""
    return _made_postgresql() if dialect == "postgresql" else _made_sqlite()


def never_updated(dialect: str, table: str) -> str:
    """Return the statement that guards one table of :data:`NEVER_UPDATED`, for a revision that made it anew."""
    if dialect == "postgresql":
        return _refused_on(table, "UPDATE")
    return _refusal(f"{table}_no_update", f'BEFORE UPDATE ON "{table}"', "update", table)


def append_only(dialect: str, table: str) -> Iterator[str]:
    """Return the statements that guard one table of :data:`LATER`, for the revision that made it."""
    if dialect == "postgresql":
        yield _refused_on(table, "UPDATE OR DELETE OR TRUNCATE")
        return
    for what in ("update", "delete"):
        yield _refusal(f"{table}_no_{what}", f'BEFORE {what.upper()} ON "{table}"', what, table)
    same = " AND ".join(f'"{column}" = NEW."{column}"' for column in LATER[table])
    there = f'EXISTS (SELECT 1 FROM "{table}" WHERE {same})'  # noqa: S608 - names of this module only
    yield _refusal(f"{table}_no_replace", f'BEFORE INSERT ON "{table}" WHEN {there}', "replace", table)


def removed(dialect: str) -> Iterator[str]:
    """Return the statements that must run before the tables are dropped."""
    if dialect == "postgresql":
        yield "DROP FUNCTION nrm_refuse() CASCADE"


def _made_postgresql() -> Iterator[str]:
    yield _FUNCTION
    kinds = [(APPEND_ONLY, "UPDATE OR DELETE OR TRUNCATE"), (NEVER_UPDATED, "UPDATE"),
             (NEVER_DELETED, "DELETE OR TRUNCATE")]
    for tables, what in kinds:
        for table in tables:
            yield _refused_on(table, what)
    for table, columns in FIXED.items():
        changed = " OR ".join(f'OLD."{c}" IS DISTINCT FROM NEW."{c}"' for c in columns)
        yield (f'CREATE TRIGGER nrm_fixed BEFORE UPDATE ON "{table}" FOR EACH ROW WHEN ({changed}) '
               "EXECUTE FUNCTION nrm_refuse()")
    yield ("CREATE TRIGGER nrm_forward BEFORE UPDATE ON chain_head FOR EACH ROW "
           "WHEN (NEW.seq <= OLD.seq OR NEW.chain <> OLD.chain) EXECUTE FUNCTION nrm_refuse()")


def _refused_on(table: str, what: str) -> str:
    return f'CREATE TRIGGER nrm_guard BEFORE {what} ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION nrm_refuse()'


def _made_sqlite() -> Iterator[str]:
    kinds = [(APPEND_ONLY, ("update", "delete")), (NEVER_UPDATED, ("update",)), (NEVER_DELETED, ("delete",))]
    for tables, whats in kinds:
        for table in tables:
            for what in whats:
                yield _refusal(f"{table}_no_{what}", f'BEFORE {what.upper()} ON "{table}"', what, table)
    for table in APPEND_ONLY:
        # INSERT OR REPLACE deletes without asking the delete trigger.
        same = "id = NEW.id OR (chain = NEW.chain AND seq = NEW.seq)"
        there = f'EXISTS (SELECT 1 FROM "{table}" WHERE {same})'  # noqa: S608 - names of this module only
        yield _refusal(f"{table}_no_replace", f'BEFORE INSERT ON "{table}" WHEN {there}', "replace", table)
    for table, columns in FIXED.items():
        changed = " OR ".join(f'OLD."{c}" IS NOT NEW."{c}"' for c in columns)
        yield _refusal(f"{table}_fixed", f'BEFORE UPDATE ON "{table}" WHEN {changed}', "update", table)
    back = "NEW.seq <= OLD.seq OR NEW.chain <> OLD.chain"
    yield _refusal("chain_head_forward", f"BEFORE UPDATE ON chain_head WHEN {back}", "update", "chain_head")


def _refusal(name: str, when: str, what: str, table: str) -> str:
    return (f'CREATE TRIGGER "{name}" {when} '
            f"BEGIN SELECT RAISE(ABORT, '{what} on {table} is refused'); END")


GONE_ONCE_ERASED = ("consent_version", "disclosure", "recall")
"""Tables of :data:`LATER` whose rows are deleted with their case, when it is erased and not before."""
_FUNCTION_ERASED = """
CREATE OR REPLACE FUNCTION nrm_refuse_unless_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM "case" WHERE id = OLD.case_id AND erased_at IS NOT NULL) THEN RETURN OLD; END IF;
  RAISE EXCEPTION USING MESSAGE = 'delete on ' || TG_TABLE_NAME || ' is refused',
    ERRCODE = 'integrity_constraint_violation';
END $$
"""


def deletable_once_erased(dialect: str) -> Iterator[str]:
    """Return the statements that let go, of an erased case, what is otherwise never deleted."""
    if dialect == "postgresql":
        yield _FUNCTION_ERASED
    for table in GONE_ONCE_ERASED:
        if dialect == "postgresql":
            yield f'DROP TRIGGER nrm_guard ON "{table}"'
            yield _refused_on(table, "UPDATE OR TRUNCATE")
            yield (f'CREATE TRIGGER nrm_guard_delete BEFORE DELETE ON "{table}" FOR EACH ROW '
                   "EXECUTE FUNCTION nrm_refuse_unless_erased()")
        else:
            yield f'DROP TRIGGER "{table}_no_delete"'
            erased = 'EXISTS (SELECT 1 FROM "case" WHERE id = OLD.case_id AND erased_at IS NOT NULL)'
            yield _refusal(f"{table}_no_delete", f'BEFORE DELETE ON "{table}" WHEN NOT {erased}', "delete", table)


def never_deletable(dialect: str) -> Iterator[str]:
    """Return the statements that take :func:`deletable_once_erased` back."""
    for table in GONE_ONCE_ERASED:
        if dialect == "postgresql":
            yield f'DROP TRIGGER nrm_guard_delete ON "{table}"'
            yield f'DROP TRIGGER nrm_guard ON "{table}"'
            yield _refused_on(table, "UPDATE OR DELETE OR TRUNCATE")
        else:
            yield f'DROP TRIGGER "{table}_no_delete"'
            yield _refusal(f"{table}_no_delete", f'BEFORE DELETE ON "{table}"', "delete", table)
    if dialect == "postgresql":
        yield "DROP FUNCTION nrm_refuse_unless_erased()"
