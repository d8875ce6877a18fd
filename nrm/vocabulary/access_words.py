"""Why somebody is kept from a case, opens one in danger, or is noticed: codes with the sentence people read."""

from __future__ import annotations

from nrm.vocabulary.worded import Worded


class ConflictReason(Worded):
    """Why somebody is kept from a case (domain X10)."""

    RELATIVE = "relative", "They are related to the person or to somebody involved"
    KNOWN = "known", "They know the person or somebody involved from their own life"
    INVOLVED = "involved", "They are involved in what happened, or may be"
    INTEREST = "interest", "They have an interest of their own in how the case goes"
    OTHER = "other", "Another reason, known to who noted it"


class GlassReason(Worded):
    """Why somebody opens a case that is not theirs."""

    DANGER_TO_LIFE = "danger_to_life", "Somebody's life or health is in danger now"
    CHILD_IN_DANGER = "child_in_danger", "A child is in danger now"
    PERSON_ASKS = "person_asks", "The person asks for help now, and nobody of the team can be reached"
    TEAM_UNREACHABLE = "team_unreachable", "A time limit for safety runs out, and nobody of the team can be reached"


class GlassVerdict(Worded):
    """What the review of an access in an emergency came to."""

    JUSTIFIED = "justified", "There was a reason, and no more was opened than needed"
    NOT_JUSTIFIED = "not_justified", "There was no sufficient reason, or too much was opened"


class SignalKind(Worded):
    """What is unusual about an access; a reason to look, never a verdict."""

    MANY_CASES = "many_cases", "Opened unusually many cases in a day"
    EMERGENCY = "emergency", "Opened a case in an emergency"
    NOT_JUSTIFIED = "not_justified", "Opened a case in an emergency without a sufficient reason"
    AT_NIGHT = "at_night", "Opened a case at night without being on duty"
    OUTSIDE = "outside", "Read in a case as an auditor"
    COLLEAGUE = "colleague", "Searched for the name of a colleague"
    HONEY = "honey", "Touched a case that nobody has a reason to open"
    ALTERED = "altered", "Met a consent or a right that was altered in the database"
