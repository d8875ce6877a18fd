"""What logs say of an error: its kind and where it happened, never its words, which may be somebody's (goal S12)."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

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


def _say(error: BaseException | None) -> None:
    if error is not None:
        print(kind_and_place(error), file=sys.stderr)
