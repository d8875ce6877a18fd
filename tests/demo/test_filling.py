"""The demo's words: every shipped form can be answered from the bank alone, and nothing reads like a template."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from nrm.deployment.paths import shipped
from nrm.diagrams.forms import read_form
from nrm.entrypoints.demo.chance import seeded
from nrm.entrypoints.demo.filling import Filler
from nrm.entrypoints.demo.persons import invent_person
from nrm.entrypoints.demo.stories import ADULTS
from nrm.entrypoints.demo.stories_children import CHILDREN
from nrm.entrypoints.demo.words import bank

NOW = datetime(2026, 6, 17, 13, 0, tzinfo=UTC)
FORMS = sorted(Path(shipped("bpmn")).glob("*/forms/*.json"))
SHAPED = ("team", "plan", "plan_agree", "plan_approve", "consent_change")
"""Forms whose rows come from the case, not from the bank."""


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
@pytest.mark.parametrize("seed", range(3))
def test_every_shipped_form_can_be_filled(path: Path, seed: int) -> None:
    form = read_form(path.read_bytes())
    if form.act in SHAPED:
        pytest.skip("its rows come from the case")
    story = ADULTS[seed]
    rng = seeded(f"{path.stem}:{seed}")
    person = invent_person(rng, seed, sex=story.sex, languages=story.languages, age=story.age, about=story.about)
    answers = Filler(rng, bank(), person.about).fill(form, person.answers, {}, NOW)
    form.validate(answers)
    assert "…" not in str(answers.values()), "a circumstance is missing"


def test_stories_have_names_of_their_own() -> None:
    keys = [story.key for story in ADULTS + CHILDREN]
    assert len(set(keys)) == len(keys) >= 20


def test_what_a_story_wants_wins_over_the_bank() -> None:
    form = read_form((Path(shipped("bpmn")) / "immediate_assistance/forms/F02_safety.json").read_bytes())
    filler = Filler(seeded("x"), bank(), {})
    answers = filler.fill(form, {"danger_now": "yes", "shelter_wanted": "no"}, {}, NOW)
    assert (answers["danger_now"], answers["shelter_wanted"]) == ("yes", "no")


def test_an_option_that_no_longer_exists_is_left_to_the_bank() -> None:
    form = read_form((Path(shipped("bpmn")) / "immediate_assistance/forms/F02_safety.json").read_bytes())
    answers = Filler(seeded("x"), bank(), {}).fill(form, {"danger_now": "perhaps"}, {}, NOW)
    assert answers["danger_now"] == "no"
