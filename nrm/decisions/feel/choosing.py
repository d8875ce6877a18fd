"""``and``, ``or`` and ``if`` compiled into closures: what decides, and what an unknown fact could change."""

from __future__ import annotations

from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.closures import Closure, Compiler, makes
from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.kinds import Value, kind


class Verdict:
    """Three-valued ``and`` (``all_of``) or ``or`` over answers that come one after the other.

    An answer that decides cleanly (no unknown in it) also clears the others' unknowns.
    """

    __slots__ = ("_all_known", "_before", "_decided", "_decisive", "_here", "_running")

    def __init__(self, running: Running, *, all_of: bool) -> None:
        self._running = running
        self._decisive = not all_of
        self._before = self._here = len(running.unknown)
        self._decided, self._all_known = False, True

    def add(self, answer: Value) -> bool:
        """Take one more answer; whether the verdict is final."""
        unknown = self._running.unknown
        clean = len(unknown) == self._here
        self._here = len(unknown)
        if answer is self._decisive:
            if clean:
                del unknown[self._before :]
                self._decided = True
                return True
            self._decided = True
        elif answer is not (not self._decisive):
            self._all_known = False
        return False

    @property
    def value(self) -> bool | None:
        """True, false, or null where none decided and one was neither."""
        if self._decided:
            return self._decisive
        return not self._decisive if self._all_known else None


@makes(s.Logic)
def _logic(compiler: Compiler, node: s.Logic) -> Closure:
    all_of, operands = node.all_of, compiler.closures(node.operands)

    def run(running: Running) -> Value:
        running.step()
        verdict = Verdict(running, all_of=all_of)
        for operand in operands:
            value = operand(running)
            if value is not None and not isinstance(value, bool):
                running.note(f"and/or needs true or false, not {kind(value)}")
            if verdict.add(value):
                break
        return verdict.value

    return run


@makes(s.If)
def _if(compiler: Compiler, node: s.If) -> Closure:
    condition, then, otherwise = compiler.closures((node.condition, node.then, node.otherwise))

    def run(running: Running) -> Value:
        running.step()
        value = condition(running)
        if not isinstance(value, bool):
            running.note(f"if needs true or false, not {kind(value)}; the else part was taken")
            running.missing()
        return then(running) if value is True else otherwise(running)

    return run
