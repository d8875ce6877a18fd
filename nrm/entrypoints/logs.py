"""What logs say, and how: of an error its kind and place, never its words, which may be somebody's (goal S12)."""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from nrm.deployment.settings import LogFormat

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def kind_and_place(error: BaseException) -> str:
    """Return an error and its causes as their kinds with files, lines and functions."""
    said: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(said) < 5:
        steps = traceback.extract_tb(cause.__traceback__)
        lines = [f"  {step.filename}:{step.lineno} in {step.name}" for step in steps]
        said.append("\n".join([type(cause).__qualname__, *lines]))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\nbecause of ".join(said)


def keep_words_out() -> None:
    """From here on no error's words reach a log or the console of this process, whoever logs it."""
    make = logging.getLogRecordFactory()

    def wordless(*args: Any, **more: Any) -> logging.LogRecord:
        record = make(*args, **more)
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text, record.exc_info = kind_and_place(record.exc_info[1]), None
        return record

    logging.setLogRecordFactory(wordless)
    sys.excepthook = lambda _kind, error, _where: _say(error)
    threading.excepthook = lambda told: _say(told.exc_value)
    sys.unraisablehook = lambda told: _say(told.exc_value)


def write_lines(form: LogFormat) -> None:
    """From here on every line of the log goes to standard error with its time, level and logger."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines(form))
    logging.getLogger().addHandler(handler)
    logging.getLogger("nrm").setLevel(logging.INFO)


class Lines(logging.Formatter):
    """A line of the log, its time in UTC; what stands in it begins no further one (ASVS 16.4.1)."""

    def __init__(self, form: LogFormat) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {"at": at, "level": record.levelname, "logger": record.name, "process": record.process,
                "message": "\n".join(filter(None, (record.getMessage(), record.exc_text)))}
        if self._form is LogFormat.JSON:
            return json.dumps(said)
        return " ".join(map(str, said.values())).replace("\n", "\n  ")


def _say(error: BaseException | None) -> None:
    if error is not None:
        logging.getLogger("nrm").error("%s", kind_and_place(error))
