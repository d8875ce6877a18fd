"""Data categories: every answer, note and file belongs to exactly one, and has that one's key (domain 2.7)."""

from __future__ import annotations

from enum import StrEnum


class Category(StrEnum):
    """What kind of data an answer is; decides the key it is encrypted under and who may read it."""

    IDENTITY = "identity"
    """Names, birth date, documents, nationality."""
    CONTACT = "contact"
    """How and when the person may be contacted; residence."""
    STAY = "stay"
    """Where the person stays now; only for the named few of the case."""
    NARRATIVE = "narrative"
    """What happened, in words and ticks."""
    HEALTH = "health"
    """Physical and mental health."""
    SELF_HARM = "self_harm"
    """Answers on suicide risk and self-harm; only for the named few of the case."""
    RISK = "risk"
    """Risk and safety assessment."""
    FAMILY = "family"
    """The family and what it says."""
    PLAN = "plan"
    """Goals, plan lines, budget, visits."""
    DECISION = "decision"
    """Decisions, their reasons, consents and meetings."""
    OFFENDER = "offender"
    """Who exploited."""
    PROCESS = "process"
    """Operational answers without personal content (service type, dates, reason codes)."""
