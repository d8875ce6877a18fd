"""goal:S3: a document that its reader cannot bear ends a process made for it; ours answers, and goes on."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from time import perf_counter

import pytest

from nrm.deployment.paths import shipped
from nrm.diagrams.bundle import Bundle, assemble
from nrm.diagrams.received import TOO_MUCH, received
from nrm.documents.forking import LARGEST_MEMORY, LONGEST_CPU_S, Readers
from nrm.vocabulary.errors import DocumentRefused
from tests.support.driving import shipped_configuration
from tests.support.goals import Reached
from tests.support.long import LONG
from tests.web.conftest import Installation, installation, installed  # noqa: F401

PROCESS, TABLE = "case_analysis", "D-07_risk_level"
CELLS = 7


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """A process with a diagram, forms, tables and tests."""
    known = shipped_configuration()
    return assemble(shipped("bpmn"), PROCESS, known.limit_documents, known.ladder_documents)


@pytest.fixture
def readers(request: pytest.FixtureRequest) -> Iterator[Readers]:
    """Readers that behave as the parameter says, with a second to do it in."""
    made = Readers(request.param, cpu_s=1, longest_s=20)
    yield made
    made.close()


def slow_table() -> bytes:
    """A table within every bound of size whose cells nobody has ever seen twice: it takes many seconds to read."""
    rules = "".join(
        "<rule>" + "".join(f"<inputEntry><text>{rule}+{cell}+1+1+1+1+1+1+1+1</text></inputEntry>"
                           for cell in range(CELLS)) + "<outputEntry><text>1</text></outputEntry></rule>"
        for rule in range(1000))
    inputs = "<input><inputExpression><text>x</text></inputExpression></input>" * CELLS
    return (f'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:x">'
            f'<decision id="{TABLE}" name="t"><decisionTable id="t" hitPolicy="COLLECT">{inputs}<output name="o"/>'
            f"{rules}</decisionTable></decision></definitions>").encode()


@pytest.mark.parametrize("readers", [
    f"tests.security.{name}" for name in ("endless", "greedy", "crashing", "missing")
], indirect=True)
def test_a_reader_that_hangs_grows_or_dies_is_ended_and_the_file_refused(bundle: Bundle, readers: Readers) -> None:
    for _ in range(2):  # and the next one is read, or refused, as well
        with pytest.raises(DocumentRefused, match=TOO_MUCH):
            received(bundle, {bundle.diagram_name: b"<definitions/>"}, readers=readers)


def test_every_file_of_a_process_is_read_within_the_bounds(bundle: Bundle, reached: Reached) -> None:
    longest = 0.0
    for name, data in bundle.files.items():
        begin = perf_counter()
        assert received(bundle, {name: data + b"\n"}).file(name) == data + b"\n"
        longest = max(longest, perf_counter() - begin)
    reached("S3", f"{len(bundle.files)} files of a process read in children of {LONGEST_CPU_S} s and "
                  f"{LARGEST_MEMORY // 2**20} MB, none refused; the longest took {longest:.2f} s with the start")


def test_what_is_wrong_with_a_file_that_can_be_read_is_not_for_the_child_to_say(bundle: Bundle) -> None:
    for name in (bundle.diagram_name, "forms/sent.json", "tables/sent.dmn", "tables/sent.tests.yaml"):
        assert received(bundle, {name: b"<\0nothing of the kind"}).file(name)


def test_threads_wait_for_one_another_and_each_gets_its_own_answer(bundle: Bundle) -> None:
    refused: list[int] = []

    def send(number: int) -> None:
        hostile = number == 4
        try:
            received(bundle, {f"tables/{TABLE}.dmn": slow_table() if hostile else bundle.table(TABLE) + b" " * number})
        except DocumentRefused:
            refused.append(number)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(refused) == [4]


def test_whoever_sends_one_is_told_and_the_page_goes_on(installation: Installation) -> None:  # noqa: F811
    browser = installation.browser("cora")
    draft = browser.post(f"/processes/{PROCESS}/draft").headers["Location"].split("?", maxsplit=1)[0]
    ways: list[tuple[str, dict[str, object]]] = [
        (f"{draft}/files", {"file": (io.BytesIO(slow_table()), "slow.dmn"), "version": "1"}),
        (f"{draft}/tables/{TABLE}/check", {"xml": slow_table().decode()}),
        (f"{draft}/tables/{TABLE}", {"xml": slow_table().decode(), "version": "1"}),
        (f"{draft}/tables/{TABLE}/files", {"file": (io.BytesIO(slow_table()), "slow.dmn"), "version": "1"}),
    ]
    for path, form in ways if LONG else ways[:2]:
        answer = browser.post(path, form)
        assert (answer.status_code, TOO_MUCH in answer.text) == (422, True), path
    assert browser.get(draft).status_code == 200
