"""Why a table decided, in the reader's language: every part is told, and codes stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from nrm.commands.complete_task import complete_task
from nrm.commands.open_task import TaskPage, open_task
from nrm.commands.start_run import start_run
from nrm.decisions.dmn import Decided, MainDecision, check_table, read_decisions
from nrm.decisions.dmn.proving import read_tests
from nrm.decisions.dmn.wording import value_words
from nrm.decisions.feel.values import Value
from nrm.deployment.configuration import load_configuration
from nrm.deployment.paths import shipped
from nrm.deployment.wording import Wording
from nrm.queries.my_tasks import my_tasks
from nrm.vocabulary.phrases import Phrase
from nrm_web.words import ISOLATED, ISOLATED_END, Words
from tests.support.filling import fill
from tests.support.tables import dmn
from tests.web.conftest import Installation

LATIN = re.compile("[A-Za-z]")
SHOWN = str.maketrans({ISOLATED: "[", ISOLATED_END: "]"})
TABLE = dmn("D-90_invented", ["f_age", "f_danger"], {"level": "string"}, [
    (["< 18", '"yes", "unknown"'], ['"high"']), (["[18..65]", "-"], ['"low"']),
])


@cache
def wording() -> Wording:
    return load_configuration(shipped("config")).wording


def words(language: str) -> Words:
    return Words(wording(), language, ZoneInfo("UTC"))


def leaves(text: str) -> Iterator[str]:
    """The texts that a phrase is filled with, at every depth."""
    if isinstance(text, Phrase):
        for value in text.values.values():
            yield from leaves(value)
    else:
        yield text


def sentences(path: Path) -> Iterator[str]:
    """All that a shipped table says of itself, and of what it decides in its tests."""
    decision = read_decisions(path.read_bytes())
    yield from rule_sentences(decision)
    for test in read_tests(path.with_suffix(".tests.yaml").read_bytes()):
        came = decision.evaluate(test.given)
        for one in (came, *came.steps):
            yield from (*one.reasons, *one.closest, one.problem or Phrase("always"))


def rule_sentences(decision: MainDecision) -> Iterator[str]:
    rows = decision.as_rows()["rules"]
    assert isinstance(rows, list)
    for row in rows:
        yield from (row["sentence"], *(cell["words"] for cell in row["tests"]))


@pytest.mark.parametrize("language", ["ro", "ar"])
@pytest.mark.parametrize("path", sorted(shipped("bpmn").rglob("*.dmn")), ids=lambda path: path.stem)
def test_every_reason_of_the_shipped_tables_is_told_whole(path: Path, language: str) -> None:
    for sentence in sentences(path):
        assert words(language).find(sentence), sentence
        assert not [leaf for leaf in leaves(sentence) if LATIN.search(leaf) and not words(language).find(leaf)]


@pytest.mark.parametrize(("facts", "romanian", "arabic"), [
    ({"f_age": 7, "f_danger": "yes"}, "Regula 1: f_age: sub 18; f_danger: da sau necunoscut",
     "القاعدة 1: [f_age]: أقل من 18؛ [f_danger]: نعم أو غير معروف"),
    ({"f_age": 40, "f_danger": "no"}, "Regula 2: f_age: de la 18 la 65", "القاعدة 2: [f_age]: من 18 إلى 65"),
    ({"f_age": 70, "f_danger": "no"}, "Nu se aplică nicio regulă.", "لا تنطبق أي قاعدة."),
    ({"f_danger": "no"}, "Nu se poate alege nicio regulă (nu se cunoaște: f_age).",
     "لا يمكن اختيار قاعدة (غير معروف: [f_age])."),
])
def test_a_reason_in_three_languages(facts: dict[str, object], romanian: str, arabic: str) -> None:
    said = first_sentence(read_decisions(TABLE).evaluate(facts))
    assert (words("en")(said), words("ro")(said), words("ar")(said).translate(SHOWN)) == (said, romanian, arabic)


def first_sentence(came: Decided) -> str:
    return came.problem or came.reasons[0]


@pytest.mark.parametrize(("items", "english", "romanian", "arabic"), [
    ((), "none", "nimic", "لا شيء"),
    (("yes", 2), "yes, 2", "da, 2", "نعم، 2"),
    (("unknown",) * 20, f"{', '.join(['unknown'] * 8)}, …", f"{', '.join(['necunoscut'] * 8)}, …",
     f"{'، '.join(['غير معروف'] * 8)}، …"),
])
def test_a_list_is_told_item_by_item(items: tuple[Value, ...], english: str, romanian: str, arabic: str) -> None:
    """One that is too long for a sentence ends after a whole item."""
    said = value_words(items)
    assert (said, words("ro")(said), words("ar")(said)) == (english, romanian, arabic)


def test_what_was_closest_is_told_with_what_kept_it() -> None:
    came = read_decisions(TABLE).evaluate({"f_age": 70, "f_danger": "no"})
    assert [words("ro")(sentence) for sentence in came.closest] == [
        "Regula 2 ar cere: f_age: de la 18 la 65, dar este: 70",
        "Regula 1 ar cere: f_age: sub 18, dar este: 70; f_danger: da sau necunoscut, dar este: nu",
    ]


def test_what_a_check_finds_is_told_too() -> None:
    [gap, *_] = [problem for problem in check_table(TABLE) if problem.code == "gap"]
    assert gap.sentence.startswith("No rule applies when f_age is ")
    assert words("ro")(gap.sentence).startswith("Nu se aplică nicio regulă când este așa: f_age: ")


@pytest.mark.parametrize("phrase", [
    Phrase("No translator has seen {this}", this="yes"),
    Phrase("Rule {number}: {reasons}", number=1, reasons=Phrase("no translator has seen this")),
])
def test_what_is_not_wholly_translated_is_marked_as_english(phrase: Phrase) -> None:
    assert words("ro").said(phrase) == f'<span lang="en" dir="ltr">{phrase}</span>'
    assert words("ro")(phrase) == phrase


def test_a_value_is_no_markup() -> None:
    phrase = Phrase("{label} is {value}", label="<b>", value="{label}")
    assert words("ro").said(phrase) == "&lt;b&gt;: {label}"


@pytest.mark.parametrize(("language", "rule", "english"), [
    ("ro", "Regula", re.compile(r"\b(Rule|is|are|yes|known|but|and|or)\b")), ("ar", "القاعدة", LATIN),
])
def test_the_task_page_says_why(
    installation: Installation, language: str, rule: str, english: re.Pattern[str]
) -> None:
    case = installation.open_case("ana")
    start_run(installation.system, installation.actors["ana"], case_id=case.case_id, process="risk_review")
    complete(installation, "record_event", {})
    complete(installation, "assess_risk_now", {"risk_known": True, "threats_since_exit": "yes"})
    page = page_of(installation, "make_safety_plan")
    browser = installation.browser("ana")
    browser.post("/language", {"language": language})
    told = reasons_on(browser.get(f"/tasks/{page.id}").get_data(as_text=True))
    assert any(reason.startswith(rule) for reason in told)
    assert not [reason for reason in told if english.search(re.sub(f"{ISOLATED}.*?{ISOLATED_END}", "", reason))]


def page_of(installation: Installation, element: str) -> TaskPage:
    ana = installation.actors["ana"]
    lines = my_tasks(installation.system, ana, queue="all", limit=100).items
    pages = (open_task(installation.system, ana, task_id=line.id) for line in lines)
    return next(page for page in pages if page.element == element)


def complete(installation: Installation, element: str, facts: dict[str, object]) -> None:
    """Complete a task with the least that its form asks."""
    page = page_of(installation, element)
    complete_task(
        installation.system, installation.actors["ana"], task_id=page.id, answers=fill(page.form, facts),
        seen_version=page.version,
    )


def reasons_on(html: str) -> list[str]:
    """What stands in the lists of reasons, without markup."""
    lists = re.findall(r'<ul class="nrm-ways">(.*?)</ul>', html, re.DOTALL)
    return [re.sub("<[^>]+>", "", item) for one in lists for item in re.findall("<li>(.*?)</li>", one, re.DOTALL)]
