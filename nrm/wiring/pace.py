"""How often an account writes, counted by the minute in this process: refusing must cost less than what is refused."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from threading import Lock

from nrm.vocabulary.errors import TooManyTries

MINUTE_S = 60
SENTENCE = "Very much was sent from this account within a minute. Wait a minute."


class Pace:
    """What each account has sent in the minute that runs; shared by the threads of a process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._minute = 0
        self._sent: Counter[str] = Counter()

    def count(self, user_id: str, *, most: int, now: datetime) -> None:
        """Count that an account sends something to be written; ``most`` 0 counts nothing. Raises TooManyTries."""
        if not most:
            return
        minute, second = divmod(int(now.timestamp()), MINUTE_S)
        with self._lock:
            if minute != self._minute:
                self._minute, self._sent = minute, Counter()
            self._sent[user_id] += 1
            is_too_much = self._sent[user_id] > most
        if is_too_much:
            raise TooManyTries(SENTENCE, retry_after=MINUTE_S - second)
