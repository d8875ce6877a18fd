"""The stories of children and of people whose age is in doubt: the guardian comes first."""

from __future__ import annotations

from nrm.entrypoints.demo.stories import CLUB, DOCTOR, KITCHEN, TALKS
from nrm.entrypoints.demo.story import Line, Story

STREET = {
    "work": "begging by day", "work_place": "a flat with other children", "promise": "School in the city.",
    "hours": "10", "pay_promised": "nothing", "pay_received": "All taken in the evening.", "debt": "None known.",
    "conditions": "Eight in a room; the sum had to be full.", "origin": "Velmara",
}
SCHOOL = Line("education", "child_protection", "School, two mornings a week at first", 60)
PLACE = Line("accommodation", "child_protection", "Staying in the children's house", 500)
CHILD = {
    "given_by": "guardian", "consent_police": "refused", "is_child": "yes", "age_at_exploitation": "child",
    "consent_family_assessment": "refused",
    "who_agreed": "child_guardian", "took_part": "child_guardian", "consent_interview": "given",
}

CHILDREN: tuple[Story, ...] = (
    Story("sixteen", "female", CLUB, age=(16, 16), openers=("{cm}", "lina", "helga"),
          lines=(SCHOOL, TALKS, DOCTOR), said={
        "*": {**CHILD, "purpose_labour": "not_asked"},
    }),
    Story("street", "male", STREET, ("rom", "ro"), (11, 14), ("{cm}", "pavel"), lines=(SCHOOL, PLACE), said={
        "*": {**CHILD, "purpose_begging": "yes", "purpose_labour": "no"},
        "fill_guardian": [{"guardian_conflict": "yes", "guardian_in_place": "no"}, {}],
    }),
    Story("age_in_doubt", "male", KITCHEN, ("bn", "ar", "vi"), (17, 18), ("lars", "{cm}"),
          lines=(SCHOOL, DOCTOR), said={
        "*": {**CHILD, "is_child": "in_doubt", "age_at_exploitation": "in_doubt", "age_doubt": "yes",
              "border_crossed": "yes", "crossing_paid": "unknown"},
    }),
)
