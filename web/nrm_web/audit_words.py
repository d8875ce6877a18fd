"""A history in an auditor's words: acts, refusals, and the rule behind each, without any of its content."""

from __future__ import annotations

from collections.abc import Mapping

from nrm.queries.case_history import Entry
from nrm.vocabulary.history_acts import ACTS, INSTALLATION_ACTS, in_words
from nrm.vocabulary.permissions import Permission
from nrm_web.history_words import line_words
from nrm_web.words import Words

RELATIONS = {
    "team": "had a seat in the case's team as {role}",
    "agency": "answers for the cases of the managing agency as {role}",
    "provider": "had accepted a referral as {role}", "task": "had a task of the case as {role}",
    "oversight": "oversees all cases, without their content, as {role}",
    "auditor": "may read every history, without its content, as {role}", "system": "is the system's own clock",
    "former": "had a seat before the case was transferred, as {role}",
    "glass": "had opened the case in an emergency as {role}",
}
PLAIN = {
    "default_deny": "What no rule allows is refused.", "no_relation": "They do not work on this case.",
    "conflict_of_interest": "A conflict of interest keeps them from this case.",
    "separation": "They did none of the steps this must be separate from.",
    "separation:author": "Who drafts a change may not be the one who publishes it.",
    "separation:proposer": "Who proposes may not be the one who confirms.",
    "separation:own_account": "Nobody changes their own account.",
    "separation:clock": "Who asks for a change may not be the one who grants it.",
    "separation:conflict": "Nobody lifts a conflict of interest that is their own, or that they noted.",
    "separation:emergency": "Nobody reviews their own access in an emergency.",
    "separation:signal": "Nobody looks at a signal about themselves.",
    "conflict:declared": "They said so themselves.",
    "own_agency:accounts": "They manage the accounts of their own agency only.",
    "own_agency:calendars": "They edit the calendars of their own agency only.",
    "terminal": "It was done on the machine itself.",
    "two_persons": "Two persons: one drafted, another published.",
    "two_persons:roles": "Two administrators give roles that reach far.",
    "two_persons:export": "A second person has to allow it first.",
    "two_persons:recovery": "Two administrators recover an account together.",
    "second_factor:required": "Everybody needs a second step here.", "shipped": "It came with the system.",
    "task:elsewhere": "The task was not with their role and agency.",
    "task:claimed": "The task was with somebody else already.", "task:not_claimed": "They had not claimed the task.",
    "task:not_held": "They did not hold the task.", "record:not_readable": "The record is not theirs to read.",
    "history:none=no_relation": "They do not work on this case.",
}


def entry_words(entry: Entry, words: Words) -> str:
    """Return an entry of a case's history as a sentence; a refusal says what was refused."""
    if entry.outcome == "refused" and entry.act not in ACTS:
        asked = _permission(entry.act)
        if asked is not None:
            return words("Refused: {what}", what=words(asked.sentence))
    return line_words(entry, words)


def installation_words(entry: Entry, words: Words) -> str:
    """Return an entry of the installation's history as a sentence."""
    said = words(in_words(entry.act, INSTALLATION_ACTS))
    kind, _, name = entry.object.partition(":")
    if kind == "process" and name:
        return f"{said}: {words(name.replace('_', ' ').capitalize())}"
    if entry.object == "account:unknown":
        return f"{said}: {words('unknown account')}"
    about = entry.about or (name if kind in ("agency", "calendar") else "")
    return f"{said}: {about}" if about else said


def rule_words(entry: Entry, words: Words, titles: Mapping[str, str]) -> str:
    """Return the rule that allowed or refused an act, explained; empty where none was noted.

    ``titles``: role code -> what the role is called.
    """
    refused = entry.outcome == "refused"
    return " ".join(one_rule(rule, words, titles, refused=refused) for rule in (entry.rule or "").split(";") if rule)


KINDS = {
    "separation": "Somebody else has to do this, because they did the step before.",
    "task": "The task was with their role and agency.", "office": "The task was with their agency.",
    "history": "Their role may read the history.", "consent": "The person's consent covers it.",
    "gate": "The person's consent covers it.",
    "proof": "This was altered in the database: it counts for nothing.",
}


def one_rule(rule: str, words: Words, titles: Mapping[str, str], *, refused: bool = False) -> str:
    """Return one rule explained; ``refused``: whether it was the reason for a refusal."""
    first, _, rest = rule.partition(":")
    if first in RELATIONS and ":" in rest:
        role, _, _ = rest.partition(":")
        return words("Who acted {relation}.", relation=words(RELATIONS[first], role=words(titles.get(role, role))))
    if first == "role":
        asked = _permission(rest)
        sentence = words(asked.sentence) if asked else rest
        if refused:
            return words("None of their roles has this permission: {what}", what=sentence)
        return words("One of their roles has this permission: {what}", what=sentence)
    said = PLAIN.get(rule) or KINDS.get(first)
    return words(said) if said else words("Rule {rule}.", rule=rule)


def _permission(name: str) -> Permission | None:
    try:
        return Permission(name)
    except ValueError:
        return None
