"""The paper of a bundle: what it says, in three languages, the same bytes; both verifiers mind it (goal:A8)."""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from nrm.commands.export_bundle import export_case
from nrm.commands.history_paper import MOST_LINES, NOT_PROVED, HistoryPaper, Shown
from nrm.deployment.configuration import load_configuration
from nrm.deployment.wording import Wording
from nrm.verify import ALTERED, INTACT
from tests.audit.pasts import Bundle
from tests.audit.test_taking_out_a_history import auditor, checked, opened
from tests.support.driving import Drive
from tests.support.goals import Reached
from tests.support.long import LONG
from tests.support.signing import sign_with_new_key

ROOT = Path(__file__).parents[2]
MANY = 5_000 if LONG else MOST_LINES + 5
DIGEST = "c0ffee" * 10 + "0000"


@pytest.fixture(scope="module")
def wording() -> Wording:
    return load_configuration(ROOT / "config").wording


def paper(wording: Wording, language: str = "en", entries: int = 30, **changed: str) -> bytes:
    """The paper of an invented case, or of another ``scope``."""
    shown = Shown.of(changed.get("scope", "case:case-1"))
    for seq in range(1, entries + 1):
        shown.add({
            "chain": "case-1", "seq": seq, "at": "2026-03-06T14:10:00.000000Z", "act": "case.opened", "actor": "u-1",
            "agency": "sa_norvale", "outcome": "ok", "rule": "role:cases.open", "digest": f"{seq:064x}",
        })
    said = {"scope": "case:case-1", "origin": "nrm/demo", "made_at": "2026-03-06T14:10:00.000000Z",
            "checkpoint": "nrm/demo\n30\nROOT\ntime 2026-03-06T14:10:00.000000Z\n\n", "digest": DIGEST, **changed}
    return HistoryPaper(wording, language).write(shown, keys=["nrm/demo+1+key"], **said)


def words(data: bytes) -> list[str]:
    """What each page says, letters as they are drawn: through the font's own table from glyphs to letters."""
    with pikepdf.open(io.BytesIO(data)) as document:
        return [_page(page) for page in document.pages]


def _page(page: pikepdf.Page) -> str:
    letters: dict[str, str] = {}
    for font in page.Resources.Font.values():
        table = font.ToUnicode.read_bytes().decode()
        for glyph, letter in re.findall(r"<([0-9A-F]+)> <([0-9A-F]+)>", table):
            letters[glyph] = bytes.fromhex(letter).decode("utf-16-be")
    said = []
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) in ("Tj", "TJ"):
            parts = operands[0] if str(operator) == "TJ" else operands
            raw = b"".join(bytes(part) for part in parts if isinstance(part, pikepdf.String)).hex().upper()
            said.append("".join(letters.get(raw[at:at + 4], "?") for at in range(0, len(raw), 4)))
    return "\n".join(said)


@pytest.mark.parametrize("language", ["en", "ro", "ar"])
def test_the_same_words_are_the_same_bytes(wording: Wording, language: str) -> None:
    assert paper(wording, language) == paper(wording, language)


@pytest.mark.parametrize("language", ["en", "ro", "ar"])
def test_each_page_has_its_number_and_the_digest(wording: Wording, language: str) -> None:
    pages = words(paper(wording, language))
    assert len(pages) >= 2
    for number, page in enumerate(pages, 1):
        assert DIGEST in page
        assert str(number) in page.splitlines()


def test_it_says_what_cannot_be_proved_and_tells_the_entries(wording: Wording) -> None:
    cover, *rest = words(paper(wording))
    assert all(sentence in cover for sentence in NOT_PROVED)
    assert "case-1" in cover
    assert "ROOT" in cover
    timeline = "\n".join(rest)
    assert timeline.count("Opened the case") == 30
    assert {"2026-03-06 14:10:00", "u-1", "sa_norvale", "role:cases.open"} <= set(timeline.splitlines())


def test_it_speaks_the_language_of_who_asks(wording: Wording) -> None:
    assert wording.translate("Opened the case", "ro") in words(paper(wording, "ro"))[1]
    arabic = words(paper(wording, "ar"))[0]
    assert re.search("[\ufe70-\ufeff\u0620-\u064a]", arabic), "in Arabic letters"
    assert "What is proved" not in arabic


def test_without_a_checkpoint_it_says_so(wording: Wording) -> None:
    assert "None: nothing signs the history here." in words(paper(wording, checkpoint=""))[0]


def test_of_an_installation_the_last_entries_stand_on_it(wording: Wording) -> None:
    cover, first, *_, last = words(paper(wording, entries=MOST_LINES + 5, scope="installation"))
    assert f"{MOST_LINES + 5}; the last {MOST_LINES} stand here, all of them in history.csv" in cover
    assert "6 case-1" in first.splitlines(), "the number in its case, and which case"
    assert str(MOST_LINES + 5) in last.splitlines()


def test_of_a_case_all_entries_stand_on_it(wording: Wording, reached: Reached) -> None:
    begun = time.process_time()
    data = paper(wording, entries=MANY)
    took = time.process_time() - begun
    cover, *rest = words(data)
    assert str(MANY) in cover.splitlines()
    assert "\n".join(rest).count("Opened the case") == MANY
    reached("A8", f"the paper of a case of {MANY:,} entries: all of them on {len(rest):,} pages, "
            f"{len(data) / 1e6:.2f} MB in {took:.1f} s")


class TestInABundle:
    @pytest.fixture
    def files(self, drive: Drive) -> Bundle:
        sign_with_new_key(drive.system)
        file = io.BytesIO()
        export_case(drive.system, replace(auditor(drive), language="ar"), file, case_id=drive.open_case())
        return opened(file)

    def test_it_is_a_file_of_the_manifest_and_names_the_entries(self, files: Bundle) -> None:
        assert checked(files).code == INTACT
        assert "history.pdf" in json.loads(files["manifest.json"])["files"]
        digest = hashlib.sha256(files["entries.jsonl"]).hexdigest()
        assert all(digest in page for page in words(files["history.pdf"]))
        assert any("history.pdf" in limit for limit in checked(files).limits), "said to be for reading only"

    def test_altered_it_is_found(self, files: Bundle) -> None:
        files["history.pdf"] += b"%"
        assert checked(files).code == ALTERED

    def test_one_that_somebody_puts_there_is_found(self, files: Bundle, wording: Wording) -> None:
        manifest = json.loads(files["manifest.json"])
        del manifest["files"]["history.pdf"]
        files["manifest.json"] = json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode() + b"\n"
        del files["manifest.note"]
        assert checked(files).code == ALTERED
        del files["history.pdf"]
        assert checked(files).code == INTACT
