"""What a worker does, round after round: each kind of work by itself, so that one that fails stops no other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import random

from nrm.commands.absences import begin_and_end_absences
from nrm.commands.anchoring import give_to_anchors
from nrm.commands.batches import drain_batches
from nrm.commands.checkpoints import checkpoint_if_due
from nrm.commands.erasing import erase_approved
from nrm.commands.erasure_ledger import write_down
from nrm.commands.expire_consents import expire_consents
from nrm.commands.forgetting import forget
from nrm.commands.rehoming import end_agencies
from nrm.commands.send_outbox import send_outbox
from nrm.commands.sweep import sweep
from nrm.records.due import longest_due
from nrm.records.unit import Unit
from nrm.records.workers import worker_seen
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import NrmError
from nrm.wiring.system import System

CASES = 200
"""Cases of one round: the other kinds of work never wait for more."""
LETTERS = 50
log = logging.getLogger("nrm.worker")
Stopping = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Done:
    """What one kind of work did in one round; ``is_more``: something waits that can be done at once."""

    cases: int = 0
    rungs: int = 0
    sent: int = 0
    failed: int = 0
    is_more: bool = False

    def __add__(self, other: Done) -> Done:
        return Done(
            self.cases + other.cases, self.rungs + other.rungs, self.sent + other.sent, self.failed + other.failed,
            self.is_more or other.is_more,
        )


Work = Callable[[System, Stopping], Done]


def sweep_some(system: System, stopping: Stopping) -> Done:
    """Handle some of the cases with something due."""
    begin = random()  # noqa: S311 - where to begin is no secret
    swept = sweep(system, limit=CASES, begin=begin, stopping=stopping)
    told = swept.rungs + swept.fired
    return Done(swept.cases, told, failed=swept.failed, is_more=swept.cases == CASES and told > 0)


def send_some(system: System, stopping: Stopping) -> Done:
    """Send some of the letters that wait."""
    sent = send_outbox(system, limit=LETTERS, stopping=stopping)
    return Done(sent=sent, is_more=sent == LETTERS)


def absences(system: System, _: Stopping) -> Done:
    """Begin and end the absences, and end the agencies and consents, whose time has come."""
    begin_and_end_absences(system)
    end_agencies(system)
    expire_consents(system)
    return Done()


def drain_some(system: System, stopping: Stopping) -> Done:
    """Carry out some lines of the work on many cases that was asked for."""
    drained = drain_batches(system, limit=CASES, stopping=stopping)
    done = drained.done + drained.skipped
    return Done(done, failed=drained.failed, is_more=done > 0 and done + drained.failed == CASES)


def erase_some(system: System, _: Stopping) -> Done:
    """Erase what two people decided, and write down outside the database what was erased."""
    done = erase_approved(system)
    write_down(system)
    return Done(done)


def sign_some(system: System, _: Stopping) -> Done:
    """Sign what has happened since the last checkpoint."""
    return Done(is_more=checkpoint_if_due(system))


def anchor_some(system: System, stopping: Stopping) -> Done:
    """Give the newest checkpoint to the places outside that keep it."""
    _, failed = give_to_anchors(system, stopping=stopping)
    return Done(failed=failed)


def forget_old(system: System, _: Stopping) -> Done:
    """Delete what is kept for a while only."""
    forget(system)
    return Done()


WORK: Sequence[tuple[str, Work]] = (
    ("sweep", sweep_some), ("absences", absences), ("batches", drain_some), ("outbox", send_some),
    ("erasures", erase_some), ("checkpoints", sign_some), ("anchors", anchor_some),
    ("forgetting", forget_old),
)


class Rounds:
    """The rounds of one worker process, and its row: last seen, what it did so far, how late the longest-due is."""

    def __init__(
        self, system: System, *, stopping: Stopping = lambda: False, work: Sequence[tuple[str, Work]] = WORK
    ) -> None:
        self.id = system.new_id()
        self._system = system
        self._stopping = stopping
        self._work = work
        self._done = Done()

    def tick(self) -> None:
        """Do everything that is due now, however much it is; say after each round that this worker lives."""
        while not self._stopping():
            done = self._round()
            self._done += done
            self._write_row()
            if done.cases or done.sent or done.failed:
                log.info("cases=%d rungs=%d sent=%d failed=%d", done.cases, done.rungs, done.sent, done.failed)
            if not done.is_more:
                break

    def end(self) -> None:
        """Write that this worker stopped as it should."""
        self._write_row(is_over=True)

    def _round(self) -> Done:
        done = Done()
        for name, work in self._work:
            if not self._stopping():
                done += self._one(name, work)
        return done

    def _one(self, name: str, work: Work) -> Done:
        """Do one kind of work; what fails is logged by its kind only and tried again at the next tick."""
        try:
            return work(self._system, self._stopping)
        except NrmError as error:
            log.warning("%s failed: %s", name, error.code)
        except Exception as error:  # noqa: BLE001 - a defect in one kind of work must not stop the others
            log.error("%s failed: %s", name, type(error).__name__)
        return Done(failed=1)

    def _write_row(self, *, is_over: bool = False) -> None:
        done = self._done
        try:
            with self._system.database.unit(SYSTEM) as unit:
                worker_seen(
                    unit, self.id, cases=done.cases, rungs=done.rungs, sent=done.sent, failed=done.failed,
                    lag_s=lag_s(unit), stopped_at=unit.now if is_over else None,
                )
        except NrmError as error:
            log.warning("worker row failed: %s", error.code)


def lag_s(unit: Unit) -> int:
    """Return how late the clock is that has waited longest for a worker, in seconds; 0 where nothing is due."""
    due = longest_due(unit)
    return 0 if due is None else max(0, int((unit.now - due).total_seconds()))
