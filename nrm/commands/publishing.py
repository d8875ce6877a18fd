"""Changing a process: a draft, its findings, a review, a second person who publishes; new runs use it (issue 6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Row

from nrm import engine
from nrm.checking import Known, check_bundle, known_of, require_publishable
from nrm.commands.actions.registry import ACTIONS
from nrm.commands.draft_files import changed_limits, completed
from nrm.commands.form_acts.registry import FORM_ACTS
from nrm.commands.settling.ledger import Ledger
from nrm.deployment.ladders import ladders_from_yaml
from nrm.deployment.limits import limits_from_yaml
from nrm.diagrams.bundle import Bundle
from nrm.diagrams.compare import compare
from nrm.diagrams.received import received
from nrm.queries.process_drafts import require_sees_drafts
from nrm.queries.role_holders import unfilled_roles
from nrm.queries.scope import require_role
from nrm.records.same_person import is_same_person
from nrm.records.tables.bundle import BundleDraft, BundleRow
from nrm.records.tables.history import INSTALLATION
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import (
    ConfigurationRefused,
    Conflict,
    DocumentRefused,
    InvalidInput,
    NotAllowed,
    NotFound,
)
from nrm.vocabulary.findings import Finding
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

OPEN = ("draft", "review")


def start_draft(system: System, actor: Actor, *, process: str) -> str:
    """Begin a draft from the current version; returns its id. A person's open draft of it is given again."""
    with _editing(system, actor, Permission.PROCESSES_EDIT) as unit:
        current = system.library.current(unit.conn, process)
        known = unit.conn.execute(
            select(BundleDraft.id).where(
                BundleDraft.process == process, BundleDraft.author_id == actor.user_id, BundleDraft.status.in_(OPEN)
            )
        ).scalar()
        if known is not None:
            return str(known)
        draft_id = system.new_id()
        unit.conn.execute(insert(BundleDraft), [{
            "id": draft_id, "process": process, "base_digest": current.digest, "files": current.bundle.to_zip(),
            "author_id": actor.user_id, "status": "draft", "version": 1, "updated_at": unit.now, "note": "",
        }])
        _enter(unit, "draft.started", f"process:{process}", current.digest)
        return draft_id


def save_process_draft(
    system: System, actor: Actor, *, draft_id: str, files: Mapping[str, bytes | None], version: int,
    note: str | None = None,
) -> int:
    """Replace files of a draft (None takes one out); returns the draft's new version.

    A draft may be unfinished: only what cannot be read at all is refused, so that nothing is lost. What the
    diagram newly names (a limit, another process's form) is put in. Only its author changes a draft:
    otherwise the second person could publish a change of their own. Without a ``note`` the last one stays.

    Raises Conflict where it was saved in between, NotAllowed, DocumentRefused, ConfigurationRefused.
    """
    with _editing(system, actor, Permission.PROCESSES_EDIT) as unit:
        draft = _draft(unit, draft_id)
        require_author(draft.author_id, actor)
        if draft.version != version:
            raise Conflict("This draft was saved in the meantime. What you changed is kept on your page; look again.")
        bundle = received(Bundle.from_zip(draft.files), files)
        _readable(bundle)
        bundle = completed(system, unit, bundle)
        unit.conn.execute(update(BundleDraft).where(BundleDraft.id == draft_id).values(
            files=bundle.to_zip(), version=version + 1, updated_at=unit.now, status="draft",
            note=draft.note if note is None else note.strip()[:2000],
        ))
        _enter(unit, "draft.saved", f"process:{draft.process}", bundle.digest)
        return version + 1


def set_limit(
    system: System, actor: Actor, *, draft_id: str, version: int, key: str, length: int, unit_name: str, source: str,
) -> int:
    """Change one time limit of a draft: its length and its legal source. Raises InvalidInput."""
    with system.database.reader(actor) as unit:
        require_role(actor, Permission.PROCESSES_EDIT, system.configuration.policy)
        draft = _draft(unit, draft_id)
    require_author(draft.author_id, actor)
    bundle = Bundle.from_zip(draft.files)
    files = changed_limits(bundle, {key: (length, unit_name, source)})
    return save_process_draft(system, actor, draft_id=draft_id, files=files, version=version)


def check_draft(
    system: System, actor: Actor, *, draft_id: str, files: Mapping[str, bytes | None] | None = None,
) -> tuple[Finding, ...]:
    """Return the checker's findings on a draft, worst first; ``files``: as it would be with these, unsaved.

    Raises DocumentRefused where these take too much work to read.
    """
    with system.database.reader(actor) as unit:
        require_sees_drafts(system, actor)
        bundle = Bundle.from_zip(_draft(unit, draft_id, any_status=True).files)
        if files:
            bundle = received(bundle, files)
            with suppress(DocumentRefused, ConfigurationRefused):  # then the checker says what is wrong
                bundle = completed(system, unit, bundle)
        around = known(system, unit)
    return check_bundle(bundle, known=around)


def ask_review(system: System, actor: Actor, *, draft_id: str) -> None:
    """Ask for review. Raises BundleRejected while a finding stops it, Conflict where nothing was changed."""
    with _editing(system, actor, Permission.PROCESSES_EDIT) as unit:
        draft = _draft(unit, draft_id)
        require_author(draft.author_id, actor)
        bundle = Bundle.from_zip(draft.files)
        if bundle.digest == draft.base_digest:
            raise Conflict("Nothing has been changed in this draft yet.")
        require_publishable(bundle, known=known(system, unit))
        unit.conn.execute(update(BundleDraft).where(BundleDraft.id == draft_id).values(
            status="review", updated_at=unit.now, version=draft.version + 1,
        ))
        _enter(unit, "review.asked", f"process:{draft.process}", bundle.digest)


def publish_draft(system: System, actor: Actor, *, draft_id: str, digest: str) -> int:
    """Publish a reviewed draft as the second person; returns the version's number.

    ``digest`` is what the second person saw: a draft that changed since is not published.

    Raises NotAllowed for its author, Conflict, BundleRejected.
    """
    with _editing(system, actor, Permission.PROCESSES_REVIEW) as unit:
        draft = _draft(unit, draft_id)
        bundle = Bundle.from_zip(draft.files)
        if is_same_person(unit.conn, draft.author_id, actor.user_id):
            raise NotAllowed("A second person has to publish what you drafted.", rule="separation:author",
                             code="separation_of_duties")
        if draft.status != "review" or bundle.digest != digest:
            raise Conflict("This draft has changed since you looked at it. Look at it again.")
        current = system.library.current(unit.conn, draft.process)
        if draft.base_digest != current.digest:
            raise Conflict("Another version was published in the meantime. The draft has to begin from that one.")
        require_publishable(bundle, known=known(system, unit))
        engine.load(bundle)
        changes = [change.sentence for change in compare(current.bundle, bundle)]
        number = _next_number(unit, draft.process)
        unit.conn.execute(update(BundleRow).where(BundleRow.digest == current.digest).values(status="earlier"))
        _retire_same(unit, bundle.digest)
        unit.conn.execute(insert(BundleRow), [{
            "digest": bundle.digest, "process": draft.process, "number": number, "status": "current",
            "files": draft.files, "author_id": draft.author_id, "approver_id": actor.user_id,
            "published_at": unit.now, "note": draft.note, "changes": changes,
        }])
        unit.conn.execute(update(BundleDraft).where(BundleDraft.id == draft_id).values(status="published"))
        unit.append(chain=INSTALLATION, act="process.published", object=f"process:{draft.process}",
                    rule="two_persons", bundle=bundle.digest,
                    payload={"author": draft.author_id, "number": number, "changes": changes})
        return number


def withdraw_version(system: System, actor: Actor, *, process: str, reason: str) -> str:
    """Withdraw the current version to the one before; runs that use it stay. Returns the digest now current."""
    with _editing(system, actor, Permission.PROCESSES_WITHDRAW) as unit:
        if not reason.strip():
            raise InvalidInput(fields={"reason": ["Say why this version is withdrawn."]})
        current = system.library.current(unit.conn, process)
        before = unit.conn.execute(
            select(BundleRow.digest).where(BundleRow.process == process, BundleRow.status == "earlier")
            .order_by(BundleRow.number.desc()).limit(1)
        ).scalar()
        if before is None:
            raise Conflict("There is no version before this one.")
        unit.conn.execute(update(BundleRow).where(BundleRow.digest == current.digest).values(status="withdrawn"))
        unit.conn.execute(update(BundleRow).where(BundleRow.digest == before).values(status="current"))
        unit.append(chain=INSTALLATION, act="process.withdrawn", object=f"process:{process}",
                    bundle=current.digest, payload={"reason": reason.strip()[:2000], "now": before})
        return str(before)


def drop_draft(system: System, actor: Actor, *, draft_id: str) -> None:
    """Drop one's own draft for good. Raises NotAllowed for somebody else's."""
    with _editing(system, actor, Permission.PROCESSES_EDIT) as unit:
        draft = _draft(unit, draft_id)
        require_author(draft.author_id, actor)
        unit.conn.execute(update(BundleDraft).where(BundleDraft.id == draft_id).values(
            status="dropped", version=draft.version + 1, updated_at=unit.now,
        ))
        _enter(unit, "draft.dropped", f"process:{draft.process}", None)


def send_back(system: System, actor: Actor, *, draft_id: str, reason: str) -> None:
    """Send a draft under review back to its author, with what should change. Raises InvalidInput, Conflict.

    The reason stands under the draft's note, where its author and the next reviewer read it.
    """
    with _editing(system, actor, Permission.PROCESSES_REVIEW) as unit:
        if not reason.strip():
            raise InvalidInput(fields={"reason": ["Say what should change before this is published."]})
        draft = _draft(unit, draft_id)
        if draft.status != "review":
            raise Conflict("This draft is not under review any more.")
        note = "\n".join(part for part in (draft.note, f"Sent back: {reason.strip()}") if part)
        unit.conn.execute(update(BundleDraft).where(BundleDraft.id == draft_id).values(
            status="draft", version=draft.version + 1, updated_at=unit.now, note=note[-2000:],
        ))
        unit.append(chain=INSTALLATION, act="draft.sent_back", object=f"process:{draft.process}",
                    payload={"reason": reason.strip()[:2000]})


def known(system: System, unit: Unit) -> Known:
    """Return what a process may name in this installation, and who is there to be told."""
    return known_of(system.bpmn_dir, system.configuration, Known(
        actions=frozenset(ACTIONS), acts=frozenset(FORM_ACTS) | {"open_case"},
        unfilled=unfilled_roles(system, unit),
    ))


def _readable(bundle: Bundle) -> None:
    """Refuse what cannot even be read, with the place; unfinished is fine. Else nobody could look at the draft."""
    bundle.process()
    for form_id in bundle.form_ids:
        bundle.form(form_id)
    for table_id in bundle.table_ids:
        bundle.decision(table_id)
    limits_from_yaml(bundle.file("limits.yaml"))
    ladders_from_yaml(bundle.file("ladders.yaml"))
    bundle.dictionary()


@contextmanager
def _editing(system: System, actor: Actor, permission: Permission) -> Iterator[Unit]:
    require_role(actor, permission, system.configuration.policy)
    with system.database.unit(actor) as unit:
        yield unit


def _draft(unit: Unit, draft_id: str, *, any_status: bool = False) -> Row[Any]:
    wanted = select(BundleDraft).where(BundleDraft.id == draft_id)
    row = unit.conn.execute(wanted.with_for_update() if unit.write else wanted).first()
    if row is None:
        raise NotFound("There is no such draft.")
    if row.status not in OPEN and not any_status:
        raise Conflict("This draft is finished.")
    return row


def require_author(author_id: str, actor: Actor) -> None:
    """Refuse a change of a draft to everybody but its author. Raises NotAllowed."""
    if author_id != actor.user_id:
        raise NotAllowed("Only its author changes a draft. Begin a draft of your own, or send this one back.",
                         rule="separation:author")


def _next_number(unit: Unit, process: str) -> int:
    last = unit.conn.execute(select(func.max(BundleRow.number)).where(BundleRow.process == process)).scalar()
    return int(last or 0) + 1


def _retire_same(unit: Unit, digest: str) -> None:
    """A draft may bring back an earlier version byte for byte: that one is made current again instead."""
    if unit.conn.execute(select(BundleRow.digest).where(BundleRow.digest == digest)).first() is not None:
        raise Conflict("This is the same as an earlier version. Withdraw the current one to go back to it.")


def _enter(unit: Unit, act: str, obj: str, bundle: str | None) -> None:
    Ledger(unit, INSTALLATION).enter(act, obj, bundle=bundle)
