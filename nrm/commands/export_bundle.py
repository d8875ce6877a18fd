"""Take a history out with its proof: a case, chosen entries, or the installation; each time it is an entry itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile
from typing import IO

from sqlalchemy import func, select

from nrm.commands.case_act import case_act
from nrm.commands.checkpoints import take_checkpoint
from nrm.commands.disclosing import disclose_by_export
from nrm.commands.export_bundle_reading import Past, Wanted
from nrm.commands.export_bundle_writing import write_bundle, zipped
from nrm.commands.export_requests import count_one_taken, use_allowance
from nrm.commands.history_paper import HistoryPaper
from nrm.commands.reading import reading
from nrm.commands.settling.ledger import Ledger
from nrm.commands.throttling import Use, count_use
from nrm.queries.case_reader import CaseReader
from nrm.queries.decisions_told import MADE
from nrm.queries.scope import require_having
from nrm.records.checkpoints import HistoryDiffers
from nrm.records.tables.history import INSTALLATION, History
from nrm.records.tables.tree import TreeLeaf
from nrm.records.tree import TreeBroken
from nrm.records.tree_keys import PublicKeys, Signer, public_file
from nrm.records.unit import Unit
from nrm.rules.exports import Large
from nrm.rules.visibility import Extent, readable_history
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import ConfigurationRefused, InvalidInput, NotAllowed
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

EXPORTED, DISCLOSED = "bundle.exported", "bundle.disclosed"
AT_THE_MACHINE = "terminal"
"""The rule of who exports with the command line: they hold the machine."""
MOST_ENTRIES, MOST_HELD, LONGEST_REASON = 1_000, 20, 2_000
PIECE = 2**20
NO_REASON = "Say why these words are taken out."
NO_ENTRY = "There is no such entry."
NO_SIZE = "No checkpoint of the history has this size."
NOT_TAKEN_OUT = "Why a table decided is read on the history's page; it is not taken out."


def export_case(
    system: System, actor: Actor, file: IO[bytes], *, case_id: str, seqs: Sequence[int] = (), held: Sequence[int] = ()
) -> None:
    """Write the history of a case, or some of its entries, with its proof as a ZIP. Process facts only.

    ``held``: sizes of checkpoints that the auditor keeps. Raises NotFound, NotAllowed, InvalidInput, TooManyTries.
    """
    count_use(system, actor, Use.EXPORT)
    count_one_taken(system, actor, case_id)
    with reading(
        system, actor, Permission.AUDIT_EXPORT, case_id, "history", act=EXPORTED, always=True
    ) as read:
        wanted = Wanted(case_id, _seqs(read.unit, case_id, seqs), _sizes(read.unit, held))
    _write(system, actor, file, wanted, actor.language)


def export_installation(system: System, actor: Actor) -> Iterator[bytes]:
    """Return the history of the whole installation with its proof, as the pieces of a ZIP. Process facts only.

    Once for each time that a second person allowed it. Raises NotAllowed, TooManyTries.
    """
    rule = require_having(actor, system.configuration.policy, Permission.AUDIT_EXPORT)
    count_use(system, actor, Use.EXPORT)
    with system.database.unit(actor) as unit:
        use_allowance(system, unit, actor, Large.HISTORY)
        Ledger(unit, INSTALLATION).enter(EXPORTED, INSTALLATION, rule=rule)
    file = TemporaryFile()  # noqa: SIM115 - closed when the last piece is taken
    _write(system, actor, file, Wanted(), actor.language)
    file.seek(0)
    return _pieces(file)


def export_at_the_machine(
    system: System, file: IO[bytes], *, case_id: str | None, seqs: Sequence[int] = (), held: Sequence[int] = (),
    language: str | None = None,
) -> None:
    """As the two above, for who runs a command on the machine; ``language`` of what is for reading.

    Raises InvalidInput.
    """
    language = language or system.configuration.product.default_language
    with system.database.unit(SYSTEM) as unit:
        if case_id is not None:
            unit.lock_case(case_id)
        wanted = Wanted(case_id, _seqs(unit, case_id or INSTALLATION, seqs), _sizes(unit, held))
        chain = case_id or INSTALLATION
        Ledger(unit, chain).enter(EXPORTED, "history", rule=AT_THE_MACHINE)
    _write(system, SYSTEM, file, wanted, language)


def disclose_entries(
    system: System, actor: Actor, file: IO[bytes], *, case_id: str, seqs: Sequence[int], reason: str, recipient: str
) -> None:
    """Write chosen entries of a case with what was sealed of them, and the proof, as a ZIP: to show them elsewhere.

    For who reads the case, its whole history and its words; never for an auditor. ``recipient``: an agency that the
    person's word or a legal basis lets have it now, or ``person``; it stands in the ledger of the person's consents.
    The entry says which, for whom and why. Raises NotFound, NotAllowed, InvalidInput.
    """
    with case_act(system, actor, Permission.CASE_READ, case_id, open_only=False) as act:
        _require_all_read(CaseReader(system, act.unit, act.standing))
        if not reason.strip() or len(reason) > LONGEST_REASON:
            raise InvalidInput(fields={"reason": [NO_REASON]})
        chosen = _seqs(act.unit, case_id, seqs)
        if not chosen or _decided(act.unit, case_id, chosen):
            raise InvalidInput(fields={"entries": [NOT_TAKEN_OUT if chosen else NO_ENTRY]})
        disclose_by_export(system, act.unit, act.standing, recipient, Category.NARRATIVE)
        act.enter(DISCLOSED, f"case:{case_id}", payload={
            "entries": list(chosen), "reason": reason.strip(), "recipient": recipient,
        })
    _write(system, actor, file, Wanted(case_id, chosen, words=True), actor.language)


def require_exporting(system: System, actor: Actor, *, case_id: str) -> None:
    """Refuse who may not take the history of a case out, before they are asked what. Raises NotFound, NotAllowed."""
    with reading(system, actor, Permission.AUDIT_EXPORT, case_id, "history"):
        pass


def require_disclosing(system: System, actor: Actor, *, case_id: str) -> None:
    """Refuse who may not take words of a case out, before they are asked which. Raises NotFound, NotAllowed."""
    with reading(system, actor, Permission.CASE_READ, case_id, "history") as read:
        _require_all_read(CaseReader(system, read.unit, read.standing))


def public_keys(system: System) -> tuple[str, ...]:
    """Return the public keys that checkpoints may be signed with, the newest first; none where nothing is signed."""
    key_file = system.settings.signing_key_file
    if key_file is None or not public_file(key_file).is_file():
        return ()
    return tuple(str(key) for key in PublicKeys.read(public_file(key_file)).keys)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def _require_all_read(reader: CaseReader) -> None:
    history = readable_history(reader.actor, reader.standing.resource, reader.policy)
    words = reader.decisions[Category.NARRATIVE]
    if history.extent is not Extent.ALL or words.extent is not Extent.ALL:
        raise NotAllowed("Only who reads this case and its whole history takes its words out.", rule=history.rule)


def _write(system: System, actor: Actor, file: IO[bytes], wanted: Wanted, language: str) -> None:
    """Have the newest entries signed where that is possible here, and write the bundle."""
    key_file = system.settings.signing_key_file
    try:
        take_checkpoint(system)
        signer = None if key_file is None else Signer.read(key_file, system.settings.origin)
    except (ConfigurationRefused, HistoryDiffers, TreeBroken):
        signer = None  # no key here, or a history that is not as it was: the bundle shows it
    with system.database.reader(actor) as unit, zipped(file) as place:
        paper = HistoryPaper(system.configuration.wording, language)
        contents = Past(unit, wanted).contents(system.settings.origin, public_keys(system), paper)
        write_bundle(place, contents, None if signer is None else signer.sign_text)


def _seqs(unit: Unit, chain: str, seqs: Sequence[int]) -> tuple[int, ...]:
    """The numbers that were asked for, each once, in order. Raises InvalidInput where one is no entry."""
    chosen = tuple(sorted(set(seqs)))
    if not chosen:
        return ()
    last = unit.conn.execute(select(func.max(History.seq)).where(History.chain == chain)).scalar() or 0
    if len(chosen) > MOST_ENTRIES or chosen[0] < 1 or chosen[-1] > last:
        raise InvalidInput(fields={"entries": [NO_ENTRY]})
    return chosen


def _sizes(unit: Unit, held: Sequence[int]) -> tuple[int, ...]:
    sizes = tuple(sorted(set(held)))
    last = unit.conn.execute(select(func.max(TreeLeaf.position))).scalar()
    if sizes and (len(sizes) > MOST_HELD or sizes[0] < 1 or last is None or sizes[-1] > last + 1):
        raise InvalidInput(fields={"held": [NO_SIZE]})
    return sizes


def _decided(unit: Unit, case_id: str, seqs: Sequence[int]) -> bool:
    """Whether one of the entries says why a table decided: that rests on answers which only some may see."""
    found = select(History.seq).where(History.chain == case_id, History.seq.in_(seqs), History.act == MADE)
    return unit.conn.execute(found.limit(1)).first() is not None
