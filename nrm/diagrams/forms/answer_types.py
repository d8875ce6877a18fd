"""Marshmallow fields for the kinds of answers; each says in one sentence what is wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time

from marshmallow import RAISE, Schema, ValidationError
from marshmallow import fields as ma

from nrm.diagrams.forms import messages as say
from nrm.diagrams.forms.model import CHOICES, SEVERAL, TEXTS, Field
from nrm.diagrams.forms.patterns import MAX_INPUT, compiled
from nrm.vocabulary.phrases import Phrase

LONGEST_LINE, LONGEST_TEXT = 500, 20_000
MOST_ROWS, MOST_FILES = 200, 20
LARGEST_NUMBER = 10**12
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,9})?")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_FILE = re.compile(r"[A-Za-z0-9-]{1,64}")
_TRUE, _FALSE = frozenset({"true", "on", "yes", "1"}), frozenset({"false", "off", "no", "0", ""})


class Answer(ma.Field[object]):
    """A marshmallow field that knows the form field it stands for."""

    def __init__(self, field: Field) -> None:
        super().__init__(allow_none=True, error_messages={"required": say.REQUIRED})
        self.field = field

    def _deserialize(self, value: object, *_: object, **__: object) -> object:
        return self.clean(value)

    def clean(self, value: object) -> object:
        """The cleaned value. Raises ValidationError with a Phrase."""
        raise NotImplementedError


class Text(Answer):
    """One line or many."""

    def clean(self, value: object) -> str:
        """Unix line ends, no blanks around, no control characters."""
        if not isinstance(value, str):
            raise _wrong(say.NOT_TEXT)
        text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
        if self.field.type == "textfield":
            text = " ".join(text.split("\n"))
        if _CONTROL.search(text):
            raise _wrong(say.ODD_CHARACTER)
        most = self.field.max_length or (LONGEST_LINE if self.field.type == "textfield" else LONGEST_TEXT)
        if len(text) > most:
            raise _wrong(say.TOO_LONG, limit=most)
        if text and len(text) < (self.field.min_length or 0):
            raise _wrong(say.TOO_SHORT, limit=self.field.min_length)
        self._fits_pattern(text)
        return text

    def _fits_pattern(self, text: str) -> None:
        if not self.field.pattern or not text:
            return
        if len(text) > MAX_INPUT:
            raise _wrong(say.TOO_LONG, limit=MAX_INPUT)
        if not compiled(self.field.pattern).fullmatch(text):
            raise _wrong(say.NOT_THE_PATTERN)


class Number(Answer):
    """A whole or decimal number; text with a decimal point or comma is understood."""

    def clean(self, value: object) -> int | float:
        """An int where nothing follows the point, else a float."""
        number = self._number(value)
        if abs(number) > LARGEST_NUMBER:
            raise _wrong(say.TOO_LARGE if number > 0 else say.TOO_SMALL,
                         limit=LARGEST_NUMBER if number > 0 else -LARGEST_NUMBER)
        if self.field.minimum is not None and number < self.field.minimum:
            raise _wrong(say.TOO_SMALL, limit=_plain(self.field.minimum))
        if self.field.maximum is not None and number > self.field.maximum:
            raise _wrong(say.TOO_LARGE, limit=_plain(self.field.maximum))
        digits = self.field.decimals
        if digits is not None and round(number, digits) != number:
            raise _wrong(say.NOT_WHOLE) if digits == 0 else _wrong(say.TOO_MANY_DECIMALS, limit=digits)
        return number

    def _number(self, value: object) -> int | float:
        if isinstance(value, str):
            text = value.strip().replace("\u202f", "").replace("\u00a0", "")
            if not _NUMBER.fullmatch(text):
                raise _wrong(say.NOT_A_NUMBER)
            value = float(text.replace(",", ".")) if re.search("[.,]", text) else int(text)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong(say.NOT_A_NUMBER)
        if isinstance(value, float) and not math.isfinite(value):
            raise _wrong(say.NOT_A_NUMBER)
        return _plain(value)


class Choice(Answer):
    """One of the listed answers."""

    def clean(self, value: object) -> str:
        """The option's value."""
        if self.field.source and not self.field.options:
            # The list is the deployment's and was not given: any code of the right shape will do.
            if isinstance(value, str) and _CODE.fullmatch(value):
                return value
            raise _wrong(say.NOT_AN_OPTION)
        if not isinstance(value, str) or value not in self.field.values:
            raise _wrong(say.NOT_AN_OPTION)
        return value


class Choices(Answer):
    """Several of the listed answers."""

    def clean(self, value: object) -> list[str]:
        """The values in the order of the options, each once."""
        listed = self.field.values
        if not isinstance(value, list) or not all(isinstance(v, str) and v in listed for v in value):
            raise _wrong(say.NOT_OPTIONS)
        return [o.value for o in self.field.options if o.value in value]


class Tick(Answer):
    """A checkbox."""

    def clean(self, value: object) -> bool:
        """True or False; the words a browser sends are understood."""
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in _TRUE | _FALSE:
            return value.lower() in _TRUE
        raise _wrong(say.NOT_YES_NO)


class Moment(Answer):
    """A date, a time of day, or both, as ISO text."""

    def clean(self, value: object) -> str:
        """``2026-03-31``, ``14:30`` or ``2026-03-31T14:30`` (an offset is kept where given)."""
        templates = {"date": say.NOT_A_DATE, "time": say.NOT_A_TIME}
        template = templates.get(self.field.subtype, say.NOT_A_DATETIME)
        if not isinstance(value, str) or len(value) > 40:
            raise _wrong(template)
        try:
            return self._iso(value.strip())
        except ValueError:
            raise _wrong(template) from None

    def _iso(self, text: str) -> str:
        if self.field.subtype == "date":
            if len(text) != 10:
                raise ValueError
            return date.fromisoformat(text).isoformat()
        if self.field.subtype == "time":
            return time.fromisoformat(text).isoformat("minutes")
        if len(text) < 16 or text[10] not in "T ":
            raise ValueError
        return datetime.fromisoformat(text).isoformat(timespec="minutes")


class Files(Answer):
    """Ids of files uploaded before."""

    def clean(self, value: object) -> list[str]:
        """A list of opaque file ids, each once."""
        if not isinstance(value, list) or not all(isinstance(v, str) and _FILE.fullmatch(v) for v in value):
            raise _wrong(say.NOT_FILES)
        most = MOST_FILES if self.field.multiple else 1
        if len(value) > most:
            raise _wrong(say.TOO_MANY_FILES, limit=most)
        return list(dict.fromkeys(value))


class Rows(Answer):
    """The rows of a dynamiclist; what is in a row is checked row by row."""

    def clean(self, value: object) -> list[dict[str, object]]:
        """A list of mappings with text keys."""
        if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
            raise _wrong(say.NOT_ROWS)
        if len(value) > MOST_ROWS:
            raise _wrong(say.TOO_MANY_ROWS, limit=MOST_ROWS)
        return [{str(k): v for k, v in row.items()} for row in value]


def schema_class(fields: Mapping[str, Field]) -> type[Schema]:
    """A marshmallow schema class for these fields; unknown keys are refused."""
    made = {key: _kind(field)(field) for key, field in fields.items()}

    class Answers(Schema):
        class Meta:
            unknown = RAISE

        error_messages = {"unknown": say.NOT_A_FIELD, "type": say.NOT_A_MAPPING}  # noqa: RUF012  marshmallow's own way

    return type("Answers", (Answers,), dict(made))


def _kind(field: Field) -> type[Answer]:
    if field.type in TEXTS:
        return Text
    if field.type in CHOICES:
        return Choice
    if field.type in SEVERAL:
        return Choices
    others: dict[str, type[Answer]] = {
        "number": Number, "checkbox": Tick, "datetime": Moment, "filepicker": Files, "dynamiclist": Rows}
    return others[field.type]


def _plain(number: float) -> int | float:
    return int(number) if float(number).is_integer() else number


def _wrong(template: str, **values: object) -> ValidationError:
    return ValidationError(Phrase(template, **values))
