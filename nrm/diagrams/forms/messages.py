"""The sentences a form answers with, as templates: wording is translated before it is filled in."""

from __future__ import annotations

REQUIRED = "Answer this question."
MUST_TICK = "Tick this box to go on."
NOT_A_FIELD = "This form has no such question."
WRONG_SHAPE = "This answer has the wrong form."
NOT_TEXT = "Write the answer as text."
NOT_A_NUMBER = "Write a number."
NOT_WHOLE = "Write a whole number."
TOO_SMALL = "The number must be {limit} or more."
TOO_LARGE = "The number must be {limit} or less."
TOO_MANY_DECIMALS = "Write at most {limit} digits after the decimal point."
TOO_SHORT = "Write at least {limit} characters."
TOO_LONG = "Write at most {limit} characters."
NOT_THE_PATTERN = "The answer is not written in the expected way."
ODD_CHARACTER = "The answer contains a character that cannot be stored."
NOT_AN_OPTION = "Choose one of the listed answers."
NOT_OPTIONS = "Choose only from the listed answers."
NOT_YES_NO = "Answer with yes or no."
NOT_A_DATE = "Write a date such as 2026-03-31."
NOT_A_TIME = "Write a time such as 14:30."
NOT_A_DATETIME = "Write a date and time such as 2026-03-31T14:30."
NOT_ROWS = "This answer must be a list of entries."
TOO_MANY_ROWS = "Add at most {limit} entries."
NEEDS_A_ROW = "Add at least one entry."
NOT_FILES = "Choose files that were uploaded before."
TOO_MANY_FILES = "Attach at most {limit} files."
NOT_A_FACT_VALUE = "This answer cannot be used by the process."
NOT_A_MAPPING = "The answers must be given as names and values."
CHECK_ANSWERS = "Some answers need attention."

TEMPLATES = tuple(
    text for name, text in sorted(globals().items()) if name.isupper() and isinstance(text, str))
"""Every template, for the translators' catalog and its completeness test."""


class Sentence(str):
    """A filled-in sentence that still knows its ``template`` and ``values``.

    To translate: ``translate(s.template).format(**s.values)``.
    """

    __slots__ = ("template", "values")
    template: str
    values: dict[str, object]

    @classmethod
    def of(cls, template: str, **values: object) -> Sentence:
        """Fill the template in English."""
        made = cls(template.format(**values))
        made.template = template
        made.values = values
        return made
