"""Why a clock stands still, is given more time, or was missed: codes with the sentence people read (domain 2.3)."""

from __future__ import annotations

from enum import StrEnum

from nrm.vocabulary.worded import Worded


class PauseGround(Worded):
    """Why a clock may stand still; each limit names those it allows (domain 2.3, clock rules)."""

    MISSING = "missing", "The person is out of contact"
    PERSON_ASKS = "person_asks", "The person asked for time"
    FOREIGN_REPLY = "foreign_reply", "A reply from abroad is awaited"
    COURT = "court", "A court has stayed the matter"


class Change(StrEnum):
    """A change of a clock that needs a second person."""

    EXTEND = "extend"
    WAIVE = "waive"
    RESTART = "restart"
    CORRECT_START = "correct_start"


class ExtensionGround(Worded):
    """By what right a clock is given more time."""

    LAW = "law", "The law allows it"
    COURT_ORDER = "court_order", "A court ordered it"
    AUTHORITY = "authority", "The competent authority allowed it"
    PERSON_BENEFITS = "person_benefits", "It is in the interest of the person, who agreed"


class WaiveGround(Worded):
    """Why a clock is not needed any more."""

    PERSON_DECLINED = "person_declined", "The person does not want this step"
    DONE_ELSEWHERE = "done_elsewhere", "It was done elsewhere, and that is on file"
    DOES_NOT_APPLY = "does_not_apply", "The rule does not apply to this case"


class StartGround(Worded):
    """Why a clock is counted from another moment, or from the beginning."""

    WRONG_START = "wrong_start", "The start was recorded wrongly"
    NEW_INFORMATION = "new_information", "New information opens the matter again"
    ORDERED = "ordered", "A court or authority ordered a new start"


class LateReason(Worded):
    """Why a time limit was missed."""

    WORKLOAD = "workload", "Too much work for the people there"
    ABSENCE = "absence", "Somebody was absent and nobody stood in"
    WAITING_OTHERS = "waiting_others", "Another agency had not answered"
    WAITING_PERSON = "waiting_person", "The person needed more time"
    OUT_OF_CONTACT = "out_of_contact", "The person was out of contact"
    NO_PLACE = "no_place", "No place or service was free"
    NO_INTERPRETER = "no_interpreter", "No interpreter was there"
    TECHNICAL = "technical", "The system or the line failed"
    DONE_IN_TIME = "done_in_time", "It was done in time and entered late"
