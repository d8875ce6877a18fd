"""Rules on decision tables: sound in themselves, and with tests that all hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nrm.decisions.dmn import MainDecision, check_table, read_decisions
from nrm.decisions.dmn.proving import prove, read_tests
from nrm.diagrams.bundle import TESTS
from nrm.vocabulary.errors import NrmError
from nrm.vocabulary.facts import Dictionary
from nrm.vocabulary.findings import Finding, Severity
from nrm.vocabulary.phrases import Phrase


def check_decision(
    table: str, data: bytes, tests: bytes | None, file: str, dictionary: Dictionary | None,
    *, imported: Mapping[str, bytes] | None = None,
) -> Iterator[Finding]:
    """Findings on the file of a decision and on its tests, if it has any (``tests``).

    ``table``: its id; ``file``: its path without the ending; ``imported``: namespace -> document, for its imports.
    A table that must not be used is not tested too.
    """
    problems = check_table(data, dictionary, imported)
    for problem in problems:
        message = Phrase("Decision table “{table}”: {sentence}", table=table, sentence=problem.sentence)
        yield Finding(f"table_{problem.code}", problem.severity, message, problem.rule or table, f"{file}.dmn")
    if any(problem.severity is Severity.STOP for problem in problems):
        return
    if tests is None:
        yield Finding("table_tests_missing", Severity.WARNING, f"The decision table “{table}” has no tests.",
                      table, f"{file}.dmn")
        return
    yield from _proved(table, read_decisions(data, imported=imported), tests, f"{file}{TESTS}")


def _proved(table: str, decision: MainDecision, tests: bytes, file: str) -> Iterator[Finding]:
    try:
        proofs = prove(decision, read_tests(tests))
    except NrmError as refused:
        yield Finding("table_tests_unreadable", Severity.STOP, f"The tests of the decision table “{table}” cannot "
                      f"be read: {refused.sentence}", table, file)
        return
    for proof in proofs:
        if not proof.ok:
            message = Phrase("Decision table “{table}”, test “{test}”: {sentence}",
                             table=table, test=proof.test.name, sentence=proof.sentence)
            yield Finding("table_test_failed", Severity.STOP, message, table, file)
