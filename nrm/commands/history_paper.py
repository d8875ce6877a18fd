"""A history on paper: what is proved and what is not, how to check it, and the entries, without words of a case."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import starmap

from nrm.deployment.wording import Wording
from nrm.vocabulary.history_acts import ACTS, INSTALLATION_ACTS, in_words
from nrm.vocabulary.phrases import Phrase, filled

MOST_LINES = 1_000
"""So many entries of an installation, the last ones, stand on paper: all of them stand in the files beside it."""
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
LONG_AGO = datetime(1980, 1, 1, tzinfo=UTC)
INSTALLATION = "installation"
PROVED = (
    ("Each entry carries a digest of itself and of the entry before it. One that was changed, taken out or put in "
     "later no longer fits."),
    ("A signed checkpoint covers every entry up to its size. Compared with a checkpoint that was kept elsewhere "
     "before, it shows a later change even by somebody who holds the database and the signing key."),
)
NOT_PROVED = (
    "Acts that were never recorded.",
    "That what an entry says is true: only that it was recorded so, in this order, and roughly when.",
    "Entries after the last checkpoint, beyond their own chain.",
    "The words behind the entries: they are sealed, or erased by law.",
    "This paper itself: it is for reading. What counts are the files beside it.",
)
HOW = (
    "Take verify.py from a place you trust, and a checkpoint that you kept. Then: {command}",
    "The digest at the foot of each page is the SHA-256 of entries.jsonl; it stands in manifest.json too.",
)
COMMAND = "python -I verify.py history.zip --anchor kept.txt"


@dataclass
class Shown:
    """The entries of a bundle that stand on paper, as they are written, and how many there were."""

    lines: deque[Mapping[str, object]]
    count: int = 0

    @classmethod
    def of(cls, scope: str) -> Shown:
        """Begin: of a case all of them will stand there, of a whole installation the last."""
        return cls(deque(maxlen=MOST_LINES if scope == INSTALLATION else None))

    def add(self, line: Mapping[str, object]) -> None:
        """Take an entry."""
        self.count += 1
        self.lines.append(line)


@dataclass(frozen=True, slots=True)
class HistoryPaper:
    """Writes the paper of a bundle in one language."""

    wording: Wording
    language: str

    def write(
        self, shown: Shown, *, scope: str, origin: str, made_at: str, checkpoint: str, keys: Sequence[str], digest: str
    ) -> bytes:
        """Return the PDF.

        ``checkpoint``: the last signed note, empty where there is none; ``digest``: SHA-256 of the file of entries,
        in hex.
        """
        # Its library takes a third of a second to load, which no start of the program is to wait for.
        from nrm.documents.paper import Column, Paper

        at = datetime.fromisoformat(made_at) if made_at else LONG_AGO
        paper = Paper(
            title=self._say("A history with its proof"), language=self.language,
            is_rtl=self.language in RIGHT_TO_LEFT, made_at=at, foot=f"entries.jsonl  SHA-256  {digest}",
        )
        paper.facts(self._facts(shown, scope, origin, made_at, checkpoint, keys, digest))
        for heading, sentences in (
            ("What is proved", PROVED), ("What cannot be proved", NOT_PROVED), ("How to check it", HOW),
        ):
            paper.heading(self._say(heading))
            for sentence in sentences:
                paper.paragraph(self._say(sentence, command=COMMAND))
        paper.table(list(starmap(Column, self._columns())), self._rows(shown.lines, chains=scope == INSTALLATION))
        return paper.as_bytes()

    def _facts(
        self, shown: Shown, scope: str, origin: str, made_at: str, checkpoint: str, keys: Sequence[str], digest: str
    ) -> Iterator[tuple[str, str]]:
        kind, _, chain = scope.partition(":")
        titles = {"installation": "The whole installation", "case": "A case", "entries": "Some entries of a case"}
        yield self._say("Of what"), " ".join(filter(None, (self._say(titles[kind]), chain)))
        yield self._say("Origin"), origin
        yield self._say("Made at"), _moment(made_at)
        yield self._say("Entries"), self._count(shown)
        _, size, root, at = (checkpoint.split("\n") + [""] * 4)[:4]
        yield self._say("Last checkpoint"), size or self._say("None: nothing signs the history here.")
        if size:
            yield self._say("Its root"), root
            yield self._say("Signed"), _moment(at.removeprefix("time "))
        for key in keys:
            yield self._say("Public key"), key
        yield self._say("Digest of the entries"), digest

    def _count(self, shown: Shown) -> str:
        if shown.count == len(shown.lines):
            return str(shown.count)
        said = Phrase(
            "{all}; the last {shown} stand here, all of them in history.csv", all=shown.count, shown=len(shown.lines),
        )
        return self._say(said.template, **said.values)

    def _columns(self) -> Iterator[tuple[str, float]]:
        shares = {
            "No.": 0.7, "When (UTC)": 1.3, "Act": 2.3, "Who": 2.35, "Agency": 1.3, "Outcome": 0.8, "Rule": 2,
            "Digest": 1.1,
        }
        return ((self._say(heading), share) for heading, share in shares.items())

    def _rows(self, lines: Iterable[Mapping[str, object]], *, chains: bool) -> Iterator[tuple[str, ...]]:
        """``chains``: say of each entry of a case which one, by the beginning of its id."""
        for line in lines:
            of_installation = line["chain"] == INSTALLATION
            yield (
                f"{line['seq']} {str(line['chain'])[:8]}" if chains and not of_installation else str(line["seq"]),
                _moment(str(line["at"])),
                self._say(in_words(str(line["act"]), INSTALLATION_ACTS if of_installation else ACTS)),
                str(line["actor"]), str(line["agency"]), self._say(str(line["outcome"])), str(line["rule"] or ""),
                str(line["digest"])[:12],
            )

    def _say(self, text: str, **values: str) -> str:
        return filled(self.wording.translate(text, self.language), values)


def _moment(at: str) -> str:
    """An instant to the second, as the files say it."""
    return at[:19].replace("T", " ")
