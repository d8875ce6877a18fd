"""The four ways of not having a yes (trap 4 of domain 7): they are never folded into one."""

from __future__ import annotations

UNKNOWN = "unknown"
NOT_ASKED = "not_asked"
PREFERS_NOT = "prefers_not"
YES = "yes"
NO = "no"
YES_NO_UNKNOWN = (YES, NO, UNKNOWN, NOT_ASKED, PREFERS_NOT)
