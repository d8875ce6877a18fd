"""Taking a history out with its proof, for auditors; and words of chosen entries, for who reads the case."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

import nrm.verify
from nrm.commands.export_bundle import (
    disclose_entries,
    export_case,
    export_installation,
    public_keys,
    require_disclosing,
    require_exporting,
)
from nrm.queries.case_list import case_id_of
from nrm.queries.disclosures import PERSON, THE_PERSON
from nrm.queries.export_requests import export_requests
from nrm.queries.scope import require_having
from nrm.rules.exports import Large
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm_web.large_exports import take_or_ask
from nrm_web.pages.case import case_id
from nrm_web.pages.deadlines import agencies_in_reach
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
PROGRAM = Path(nrm.verify.__file__)
NOT_NUMBERS = "Write whole numbers, with a space between them."
LABELS = {"entries": "Entries", "held": "Sizes of checkpoints you hold", "reason": "Reason",
          "recipient": "Who receives it"}


@pages.get("/audit/proof")
def audit_proof() -> ResponseReturnValue:
    """What to take, what to keep and how to check it; the installation's history with its proof."""
    _require_exporting()
    visit = the_visit()
    is_allowed = any(
        one.is_own and one.what == Large.HISTORY and one.state == "allowed"
        for one in export_requests(visit.system, visit.actor)
    )
    return render_template(
        "auditor/proof.html", code="", typed={}, errors={}, labels=LABELS, keys=_keys(), is_allowed=is_allowed,
    )


@pages.post("/audit/proof", repeatable=True, fresh=True)
def audit_proof_take() -> ResponseReturnValue:
    """The history of the whole installation with its proof, once a second person has allowed it."""
    visit = the_visit()
    return take_or_ask(Large.HISTORY, lambda: _sent(export_installation(visit.system, visit.actor)))


@pages.get("/audit/verify.py")
def audit_verifier() -> ResponseReturnValue:
    """The program that checks a bundle without us."""
    _require_exporting()
    return _sent(PROGRAM.read_bytes(), "text/x-python", PROGRAM.name)


@pages.get("/audit/cases/<code>/proof")
def audit_case_proof(code: str) -> ResponseReturnValue:
    """Which entries of a case to take, and which checkpoints the auditor holds."""
    visit = the_visit()
    require_exporting(visit.system, visit.actor, case_id=case_id_of(visit.system, visit.actor, code))
    return _case_proof(code, {"entries": request.args.get("entry", "")[:20]})


@pages.post("/audit/cases/<code>/proof", repeatable=True, fresh=True)
def audit_case_proof_take(code: str) -> ResponseReturnValue:
    """The history of a case, or receipts of some entries, with its proof."""
    visit = the_visit()
    found = case_id_of(visit.system, visit.actor, code)
    typed = {name: request.form.get(name, "") for name in ("entries", "held")}

    def take() -> Response:
        file = io.BytesIO()
        export_case(
            visit.system, visit.actor, file, case_id=found, seqs=_numbers("entries", typed["entries"]),
            held=_numbers("held", typed["held"]),
        )
        return _sent(file.getvalue())

    try:
        return take_or_ask(Large.CASES, take)
    except InvalidInput as wrong:
        require_exporting(visit.system, visit.actor, case_id=found)
        return _case_proof(code, typed, wrong.fields), 422


@pages.get("/cases/<code>/disclose")
def case_disclose(code: str) -> ResponseReturnValue:
    """Which words of the history to take out, and why."""
    visit = the_visit()
    require_disclosing(visit.system, visit.actor, case_id=case_id(code))
    return _disclose(code, {"entries": request.args.get("entry", "")[:20]})


@pages.post("/cases/<code>/disclose", repeatable=True, fresh=True)
def case_disclose_take(code: str) -> ResponseReturnValue:
    """Chosen entries with what was sealed of them, and the proof."""
    visit = the_visit()
    found = case_id(code)
    typed = {name: request.form.get(name, "") for name in ("entries", "recipient", "reason")}
    file = io.BytesIO()
    try:
        disclose_entries(
            visit.system, visit.actor, file, case_id=found, seqs=_numbers("entries", typed["entries"]),
            reason=typed["reason"], recipient=typed["recipient"],
        )
    except InvalidInput as wrong:
        require_disclosing(visit.system, visit.actor, case_id=found)
        return _disclose(code, typed, wrong.fields), 422
    return _sent(file.getvalue())


def _require_exporting() -> None:
    visit = the_visit()
    require_having(visit.actor, visit.system.configuration.policy, Permission.AUDIT_EXPORT)


def _case_proof(code: str, typed: dict[str, str], errors: dict[str, list[str]] | None = None) -> str:
    return render_template(
        "auditor/proof.html", code=code, typed=typed, errors=errors or {}, labels=LABELS, keys=_keys(),
    )


def _disclose(code: str, typed: dict[str, str], errors: dict[str, list[str]] | None = None) -> str:
    visit = the_visit()
    recipients = [(PERSON, THE_PERSON), *agencies_in_reach(visit.system, visit.actor)]
    return render_template(
        "nrm/disclose.html", code=code, typed=typed, errors=errors or {}, labels=LABELS, recipients=recipients,
    )


def _keys() -> tuple[str, ...]:
    return public_keys(the_visit().system)


def _numbers(name: str, text: str) -> list[int]:
    words = text.replace(",", " ").split()
    if not all(word.isascii() and word.isdigit() and len(word) < 12 for word in words):
        raise InvalidInput(fields={name: [NOT_NUMBERS]})
    return [int(word) for word in words]


def _sent(pieces: bytes | Iterator[bytes], kind: str = "application/zip", name: str = "history.zip") -> Response:
    return Response(pieces, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
