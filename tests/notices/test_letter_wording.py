"""A letter says that there is something to look at, in every language, and nothing else (domain trap 10)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import product

import pytest

from nrm.notices.letters import WORDINGS, letter, trial_letter
from nrm.vocabulary.mail import Weight
from tests.support.driving import shipped_configuration

BANNED = re.compile(
    "traffic|trafic|victim|victime|exploit|abus|violen|rescue|salvar|shelter|adăpost|refuge|refugi|police|poliți|"
    "border|frontier|migra|asylum|azil|court|instanț|judec|prosecut|procur|crim|hospital|spital|medic|health|"
    "sănăt|child|copil|minor|guardian|tutore|protect|protec|case|caz|dosar|referral|referir|mechanism|mecanism|"
    "deadline|time limit|termen|task|sarcin|agency|agenți|consent|consimț|danger|pericol|urgent|safety|siguranț|"
    "الاتجار|الاتّجار|ضحية|ضحايا|استغلال|عنف|مأوى|ملجأ|شرطة|حدود|هجرة|لجوء|محكمة|نيابة|جريمة|مستشفى|طب|صحة|طفل|"
    "قاصر|وصي|حماية|قضية|ملف|إحالة|آلية|موعد|مهمة|وكالة|موافقة|خطر|عاجل|سلامة",
    re.IGNORECASE,
)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ADDRESS = "https://office.example"


def texts(language: str) -> list[tuple[str, int]]:
    """Every subject and body in a language, with the count that may stand in it; the product's name is a country's."""
    common = {"to": "ana@velmara.example", "language": language, "product": "", "base_url": ADDRESS,
              "message_id": "6f9619ff", "at": NOW}
    written = [
        (letter(weight=weight, count=count, **common), count)  # type: ignore[arg-type]
        for weight, count in product(Weight, (1, 2, 11, 5000))
    ]
    written.append((trial_letter(**common), 1))  # type: ignore[arg-type]
    return [(f"{one.subject}\n{one.body}".replace(ADDRESS, ""), count) for one, count in written]


@pytest.mark.parametrize("language", sorted(WORDINGS))
def test_no_letter_tells_what_it_is_about(language: str) -> None:
    for text, count in texts(language):
        assert not BANNED.search(text), text
        assert set(re.findall(r"\d+", text)) <= ({str(count)} if count > 1 else set()), text
        assert not re.search(r"[A-Z0-9]{3}-[A-Z0-9]{4}|[{}<>@]", text), text


def test_every_language_of_the_product_has_its_words() -> None:
    assert set(WORDINGS) >= set(shipped_configuration().product.languages)
    assert len({wording.subject for wording in WORDINGS.values()}) == len(WORDINGS)
    for wording in WORDINGS.values():
        assert set(wording.when) == set(Weight)


def test_nothing_of_the_configuration_is_in_a_letter() -> None:
    configuration = shipped_configuration()
    telling = {agency.name for agency in configuration.agencies}
    telling |= {agency.kind for agency in configuration.agencies} | set(configuration.districts.values())
    for language in WORDINGS:
        for text, _ in texts(language):
            assert not [word for word in telling if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)]


def test_who_reads_another_language_gets_english() -> None:
    assert letter(to="", language="xx", product="Caseway", weight=Weight.ORDINARY, count=1, base_url="",
                  message_id="", at=NOW).subject == "Caseway: Something is waiting for you"
