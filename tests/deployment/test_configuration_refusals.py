"""A wrong configuration file is refused with its name and line, and a sentence that says what is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nrm.deployment.configuration import load_configuration
from nrm.deployment.limits import limits_from_yaml
from nrm.deployment.paths import shipped
from nrm.vocabulary.errors import ConfigurationRefused

# file, text to replace, its replacement, what the line with the fault holds, what the sentence says
WRONG = [
    ("product.yaml", "name: Caseway", "name: Trafficking Cases", "Trafficking Cases", "tells nothing"),
    (
        "product.yaml",
        "default_language: en",
        "default_language: fr",
        "default_language: fr",
        "no language 'fr'",
    ),
    ("product.yaml", "quick_exit: https", "quick_exit: http", "quick_exit: http:", "https"),
    ("product.yaml", "backbone: case", "backbone: case\ncolour: red", "colour: red", "unknown key 'colour'"),
    ("product.yaml", 'digest_at: "08:00"', 'digest_at: "21:00"', "quiet_hours", "sent in the quiet hours"),
    ("product.yaml", 'to: "07:00"', 'to: "20:00"', "quiet_hours", "nothing would ever be sent"),
    ("product.yaml", 'digest_at: "08:00"', "digest_at: morning", "digest_at: morning", "a time of day"),
    (
        "roles.yaml",
        "permissions: [+tasks, +member]",
        "permissions: [+tasks, +members]",
        "+members",
        "'+members'",
    ),
    ("roles.yaml", "reach: oversight", "reach: everywhere", "reach: everywhere", "one of team, agency"),
    (
        "roles.yaml",
        "    provider: yes\n    permissions: [+tasks, +service, consent",
        "    provider: maybe\n    permissions: [+tasks, +service, consent",
        "provider: maybe",
        "yes or no",
    ),
    ("roles.yaml", "  HOT:\n", "  FR:\n", "  FR:\n    title: Hotline", "stands here twice"),
    ("agencies.yaml", "districts: [norvale]", "districts: [norvall]", "[norvall]", "no district 'norvall'"),
    ("agencies.yaml", "calendar: midmar", "calendar: midmoor", "midmoor", "no calendar 'midmoor'"),
    ("agencies.yaml", "serves: [PROS]", "serves: [PROZ]", "PROZ", "no role 'PROZ'"),
    (
        "agencies.yaml",
        "units: {medicine: [MED, PROV, FR]",
        "units: {medicine: [POL, FR]",
        "[POL, FR]",
        "'POL'",
    ),
    (
        "calendars/velmara.yaml",
        "weekend: [Saturday, Sunday]",
        "weekend: [Caturday]",
        "Caturday",
        "'Caturday'",
    ),
    ("calendars/velmara.yaml", "zone: Europe/Chisinau", "zone: Europe/Atlantis", "Atlantis", "time zone"),
    ("calendars/velmara.yaml", "  01-01: New Year", "  13-01: New Year", "13-01", "MM-DD"),
    ("calendars/velmara.yaml", "  2026-04-13: Spring", "  2026-02-30: Spring", "2026-02-30", "YYYY-MM-DD"),
    ("calendars/velmara.yaml", 'opens: "08:00"', 'opens: "18:00"', "18:00", "closes after it opens"),
    ("calendars/velmara.yaml", 'opens: "08:00"', "opens: 8", "opens: 8", "HH:MM"),
    ("calendars/norvale.yaml", "from: velmara", "from: norvale", "from: norvale", "starts from itself"),
    ("calendars/md.yaml", "country: MD", "country: XX1", "XX1", "holidays library"),
    (
        "time_limits.yaml",
        "T09:\n  title: First team meeting held\n  length: 5",
        "T09:\n  title: First team meeting held\n  length: five",
        "length: five",
        "whole number",
    ),
    (
        "time_limits.yaml",
        "T04:\n  title: Referral accepted or refused\n  length: 2\n  unit: working_days",
        "T04:\n  title: Referral accepted or refused\n  length: 2\n  unit: weeks",
        "unit: weeks",
        "one of working_days",
    ),
    (
        "time_limits.yaml",
        "  ladder: upward",
        "  ladder: downward",
        "ladder: downward",
        "no ladder 'downward'",
    ),
    (
        "time_limits.yaml",
        "  safety: yes\n  ladder: safety",
        "  safety: yes\n  ladder: standard",
        "title: Protective action",
        "safety ladder",
    ),
    (
        "time_limits.yaml",
        "  length: 1\n  unit: hours\n",
        "  length: 1\n  unit: working_days\n",
        "title: Protective action",
        "day and night",
    ),
    (
        "time_limits.yaml",
        "T_default:\n  title: Other work\n",
        "T_default:\n",
        "  length: 5",
        "'title' is missing",
    ),
    (
        "ladders.yaml",
        'tell: ["role:NCU", auditors], level: L4}\n\n# Danger',
        'tell: ["role:KING", auditors], level: L4}\n\n# Danger',
        "role:KING",
        "Rung 5: there is no role “KING”",
    ),
    ("ladders.yaml", 'tell: ["duty:COORD"]', "tell: [queen]", "queen", "is nobody"),
    ("ladders.yaml", "when: after, length: 24,", "when: after,", "when: after, unit", "has a length"),
    (
        "ladders.yaml",
        "length: 2, unit: hours",
        "length: 2, unit: working_days",
        "length: 2, unit: working_days",
        "Rung 4: a safety ladder runs day and night",
    ),
    ("visibility.yaml", "    stay: named\n", '    stay: "yes"\n', "identity:", "named few only"),
    (
        "visibility.yaml",
        "    identity: own\n",
        "    identity: mine\n",
        "identity: mine",
        "one of yes, summary",
    ),
    ("visibility.yaml", "    identity: own\n", "", "    contact: own", "'identity' is missing"),
    ("visibility.yaml", "    purposes: [police]\n", "", "identity: consent", "purposes it reads under"),
    (
        "visibility.yaml",
        "purposes: [justice]",
        "purposes: [justice, love]",
        "love]",
        "no purpose 'love'",
    ),
    ("visibility.yaml", "    history: own\n", "    history: named\n", "history: named", "yes, own or no"),
    ("routing.yaml", "role: FAM", "role: FAN", "role: FAN", "no role 'FAN'"),
    ("routing.yaml", "rules:\n", "rules: none\nmore:\n", "more:", "unknown key 'more'"),
    ("retention.yaml", "years: 30", "years: -1", "years: -1", "whole number"),
    (
        "wording/ro.yaml",
        '"{count} hours by the clock, nights included.": "{count}',
        '"{count} hours by the clock, nights included.": "{cont}',
        "{cont}",
        "same {names}",
    ),
    (
        "wording/ar.yaml",
        '"Due on {due_at}.": "',
        '"Due on {due_at}.": "{due_at.year} ',
        "{due_at.year}",
        "braces",
    ),
    ("wording/banned.yaml", "ro:\n", "rx:\n", "rx:", "no language 'rx'"),
    (
        "wording/guidance.yaml",
        '      - - ["Anger"]\n',
        '      - - ["Anger"]\n        - ["x"]\n',
        '"Anger"',
        "cells",
    ),
    ("roles.yaml", "roles:\n", "roles: &all\n", "roles: &all", "anchors"),
    ("product.yaml", "languages: [en, ro, ar]", "languages: [en, ro, ar", None, "not valid YAML"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped configuration."""
    return Path(shutil.copytree(shipped("config", {}), tmp_path / "config"))


@pytest.mark.parametrize(("file", "old", "new", "at", "says"), WRONG, ids=lambda v: None)
def test_refused_with_file_and_line(
    folder: Path, file: str, old: str, new: str, at: str | None, says: str
) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text, "the scenario is out of date"
    changed = text.replace(old, new, 1)
    path.write_text(changed, "utf-8")
    with pytest.raises(ConfigurationRefused) as refused:
        load_configuration(folder)
    assert refused.value.file == path.name
    assert says in refused.value.sentence
    assert refused.value.line is not None
    if at is not None:
        line = changed.splitlines()[refused.value.line - 1]
        assert line.strip()
        assert at.split("\n")[0].strip("$ ") in line


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\xff\xfe", "UTF-8"),
        (b"- a\n", "mapping"),
        (b"a: [", "not valid YAML"),
        (b"x" * 2_000_001, "too large"),
        (b"a: &x {}\nb: *x\n", "anchors"),
        (b"!!python/object:os.system {}\n", "x"),
        (b"T01:\n  title: x\n  length: 9999999999\n  unit: hours\n  source: x\n  start_event: x\n", "whole number"),
        (b"T01:\n  title: x\n  length: 9\n  unit: hours\n  source: x\n", "'start_event' is missing"),
        (b"T01: {title: x, length: 1, unit: hours, source: x, start_event: x, pauses: [rain]}\n", "ground of a pause"),
    ],
)
def test_bytes_that_are_no_limits(data: bytes, says: str) -> None:
    if says == "x":
        assert limits_from_yaml(data) == {}, "a tag is never obeyed"
        return
    with pytest.raises(ConfigurationRefused) as refused:
        limits_from_yaml(data)
    assert says in refused.value.sentence


def test_a_missing_file_is_refused(folder: Path) -> None:
    (folder / "ladders.yaml").unlink()
    with pytest.raises(ConfigurationRefused, match=r"ladders\.yaml"):
        load_configuration(folder)


def test_a_role_without_visibility_is_refused(folder: Path) -> None:
    path = folder / "roles.yaml"
    path.write_text(path.read_text("utf-8") + "  NEWROLE:\n    title: A new role\n", "utf-8")
    with pytest.raises(ConfigurationRefused, match="role NEWROLE is missing"):
        load_configuration(folder)
