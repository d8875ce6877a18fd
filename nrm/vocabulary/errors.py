"""What can be wrong, in the project's own words. No HTTP here: the surfaces translate.

Every error carries a ``code`` (stable, for programs), a ``sentence`` (for people, free of
personal data) and optionally ``fields`` (path -> sentences) that place the fault in the input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime


class NrmError(Exception):
    """Something the caller asked for cannot be done, and here is why."""

    code = "error"
    title = "The request could not be carried out"

    def __init__(
        self,
        sentence: str = "",
        *,
        code: str | None = None,
        fields: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(sentence or self.title)
        self.sentence = sentence or self.title
        if code is not None:
            self.code = code
        self.fields: dict[str, list[str]] = {k: list(v) for k, v in (fields or {}).items()}


class NotFound(NrmError):
    """It does not exist, or it is outside the asker's scope: the two look the same."""

    code = "not_found"
    title = "There is nothing here"


class NotSignedIn(NrmError):
    """Nobody is signed in, or the session has ended."""

    code = "not_signed_in"
    title = "Please sign in"


class NotAllowed(NrmError):
    """The actor may see the thing but may not do this with it."""

    code = "not_allowed"
    title = "You may not do this"

    def __init__(self, sentence: str = "", *, rule: str = "default_deny", code: str | None = None) -> None:
        super().__init__(sentence, code=code)
        self.rule = rule


class StepUpRequired(NotAllowed):
    """The act asks for a fresh proof of who acts, and the session has none."""

    code = "step_up_required"
    title = "Show once more that it is you"


class InvalidInput(NrmError):
    """The input is not of the asked shape: ``fields`` says where."""

    code = "invalid_input"
    title = "Some answers need attention"


class Conflict(NrmError):
    """The state of things has moved on since the actor looked."""

    code = "conflict"
    title = "This has changed in the meantime"


class TaskNotOpen(Conflict):
    """The task was already completed, withdrawn or returned; says by which role and when, never by whom."""

    code = "task_not_open"
    title = "This task is no longer open"

    def __init__(self, sentence: str, *, code: str = "task_not_open", role: str | None = None,
                 at: datetime | None = None) -> None:
        super().__init__(sentence, code=code)
        self.role = role
        self.at = at


class CaseClosed(Conflict):
    """The case is closed; reopening it is an act of its own."""

    code = "case_closed"
    title = "This case is closed"


class CaseErased(Conflict):
    """The case was erased: nothing can be done in it any more."""

    code = "case_erased"
    title = "This case was erased. Only its history remains."


class ConsentMissing(NotAllowed):
    """The consent gate (table:D-05) found no consent that covers recipient, purpose and categories."""

    code = "consent_missing"
    title = "Consent does not cover this"


class BundleRejected(NrmError):
    """A diagram, form or table cannot be used; ``findings`` say where and why."""

    code = "bundle_rejected"
    title = "The process cannot be published as it is"

    def __init__(self, sentence: str = "", *, findings: Sequence[object] = ()) -> None:
        super().__init__(sentence)
        self.findings = tuple(findings)


class ActionRefused(NrmError):
    """A diagram's action cannot be carried out now; its run stops as an incident and can be tried again."""

    code = "action_refused"
    title = "An action of the process could not be carried out"


class DocumentRefused(NrmError):
    """A document is malformed, too large or uses a forbidden construct; ``line`` says where."""

    code = "document_refused"
    title = "The document cannot be read"

    def __init__(self, sentence: str, *, line: int | None = None, code: str | None = None) -> None:
        super().__init__(sentence, code=code)
        self.line = line


class ConfigurationRefused(NrmError):
    """A configuration file is wrong; ``file`` and ``line`` say where."""

    code = "configuration_refused"
    title = "The configuration cannot be used"

    def __init__(self, sentence: str, *, file: str, line: int | None = None) -> None:
        place = file if line is None else f"{file}:{line}"
        super().__init__(f"{place}: {sentence}")
        self.file = file
        self.line = line


class StateRefused(NrmError):
    """A stored run state is of an unknown version or was altered; it is never loaded."""

    code = "state_refused"
    title = "The stored state of this run cannot be trusted"


class HistoryBroken(NrmError):
    """The history chain does not verify; says which entry is the first bad one."""

    code = "history_broken"
    title = "The history has been altered"


class TooManyTries(NrmError):
    """Signing in was tried too often; says after how many seconds to try again."""

    code = "too_many_tries"
    title = "Too many tries"

    def __init__(self, sentence: str = "", *, retry_after: int = 60) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class NotReady(NrmError):
    """The system cannot answer now (database away, history not writable); try again later."""

    code = "not_ready"
    title = "The system cannot answer just now"
