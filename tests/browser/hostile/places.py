"""An installation in which hostile texts stand wherever somebody may write: processes, people, agencies, a case."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from lxml import etree
from sqlalchemy import select, update

from nrm.commands.add_note import add_note
from nrm.commands.files import attach_file
from nrm.commands.open_case import open_case, opening_form
from nrm.commands.publishing import ask_review, publish_draft, save_process_draft, start_draft
from nrm.diagrams.bundle import LIMITS, Bundle
from nrm.queries.process_drafts import draft_view
from nrm.records.tables.account import User
from nrm.records.tables.agency import Agency
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.categories import Category
from tests.browser.hostile.texts import Ammunition
from tests.web.conftest import Installation, least

PROCESS = "immediate_assistance"
"""Begins with the case, and holds forms and a table."""
NOTES = 40
"""Notes, and files, of the case."""
_SHOWN = frozenset({"name", "title", "legalBasis", "purpose", "label", "trace"})
_NAMES_OF = frozenset({"item", "itemDefinition", "inputData", "variable", "message", "output", "parameter"})
"""Elements whose name is looked up by other elements."""
_WORDS = frozenset({"label", "description", "text", "dateLabel", "timeLabel", "prefixAdorner", "suffixAdorner"})


@dataclass
class Stage:
    """Where the hostile texts stand now."""

    draft_id: str
    code: str
    task_id: str
    ammunition: Ammunition


def put_up(installation: Installation, ammunition: Ammunition) -> Stage:
    """Publish a hostile process, open a case that runs it, and draft a further hostile change."""
    _rename_people(installation, ammunition)
    draft_id = draft(installation, ammunition)
    _publish(installation, draft_id)
    code, task_id = _case(installation, ammunition)
    return Stage(draft(installation, ammunition), code, task_id, ammunition)


def _rename_people(installation: Installation, ammunition: Ammunition) -> None:
    with installation.system.database.unit(SYSTEM) as unit:
        for table in (User, Agency):
            for row_id in unit.conn.execute(select(table.id).order_by(table.id)).scalars().all():
                name = ammunition.text(f"name of {row_id}")
                unit.conn.execute(update(table).where(table.id == row_id).values(name=name))
    installation.system.directory.forget()


def draft(installation: Installation, ammunition: Ammunition) -> str:
    """Put hostile texts into the open draft of the process, or into a new one; returns its id."""
    system, cora = installation.system, installation.actors["cora"]
    draft_id = start_draft(system, cora, process=PROCESS)
    view = draft_view(system, cora, draft_id=draft_id)
    save_process_draft(
        system, cora, draft_id=draft_id, files=dict(_rewritten(view.bundle, ammunition)), version=view.version,
        note=ammunition.text("note of a draft"),
    )
    return draft_id


def _publish(installation: Installation, draft_id: str) -> None:
    system, cyril = installation.system, installation.actors["cyril"]
    ask_review(system, installation.actors["cora"], draft_id=draft_id)
    digest = draft_view(system, cyril, draft_id=draft_id).bundle.digest
    publish_draft(system, cyril, draft_id=draft_id, digest=digest)


def _rewritten(bundle: Bundle, ammunition: Ammunition) -> Iterator[tuple[str, bytes]]:
    yield bundle.diagram_name, _xml(bundle.file(bundle.diagram_name), ammunition, "diagram")
    for form in bundle.form_ids:
        found = json.loads(bundle.file(f"forms/{form}.json"))
        yield f"forms/{form}.json", json.dumps(_form(found, ammunition, form)).encode()
    for table in bundle.table_ids:
        yield f"tables/{table}.dmn", _xml(bundle.table(table), ammunition, table)
    limits = {key: {**value, "source": ammunition.text(f"source of {key}")} for key, value in bundle.limits.items()}
    yield LIMITS, yaml.safe_dump(limits, allow_unicode=True).encode()


def _xml(data: bytes, ammunition: Ammunition, place: str) -> bytes:
    """With other names, labels, documentation and descriptions; ids and what is looked up by name stay."""
    root = etree.fromstring(data)
    for element in root.iter(etree.Element):
        kind = etree.QName(element).localname
        for name in (str(one) for one in element.attrib):
            if name in _SHOWN and kind not in _NAMES_OF and not _is_looked_up(element, name):
                element.set(name, ammunition.text(f"{place}: {kind} {name}"))
        if kind in ("documentation", "description"):
            element.text = ammunition.text(f"{place}: {kind}")
        if kind in ("userTask", "process", "startEvent", "endEvent") and element.find("{*}documentation") is None:
            said = etree.Element(etree.QName(etree.QName(element).namespace, "documentation"))
            said.text = ammunition.text(f"{place}: documentation of a {kind}")
            element.insert(0, said)
    return bytes(etree.tostring(root))


def _is_looked_up(element: Any, name: str) -> bool:
    return "nrm" in (etree.QName(element).namespace or "") and name == "name"


def _form(found: Any, ammunition: Ammunition, place: str) -> Any:
    if isinstance(found, list):
        return [_form(one, ammunition, place) for one in found]
    if not isinstance(found, Mapping):
        return found
    made = {key: ammunition.text(f"{place}: {key}") if key in _WORDS and isinstance(value, str)
            else _form(value, ammunition, place) for key, value in found.items()}
    for key in ("nrm:help", "nrm:title"):
        if key in made:
            made[key] = ammunition.text(f"{place}: {key}")
    if made.get("type") in ("textfield", "radio"):
        made["properties"] = {**made.get("properties", {}), "nrm:help": ammunition.text(f"{place}: help")}
    return made


def _case(installation: Installation, ammunition: Ammunition) -> tuple[str, str]:
    system, ana = installation.system, installation.actors["ana"]
    form = opening_form(system, ana)
    said = {key: ammunition.text(f"answer to {key}") for key, asked in form.fields.items()
            if asked.type in ("textfield", "textarea") and not asked.pattern and not asked.source}
    opened = open_case(system, ana, district="norvale", answers=least(form, said))
    for _ in range(NOTES):
        add_note(system, ana, case_id=opened.case_id, category=Category.NARRATIVE, text=ammunition.text("note"))
        name = "".join(sign for sign in ammunition.text("file name") if sign not in "/\\" and sign >= " ")
        attach_file(system, ana, case_id=opened.case_id, category="narrative", name=f"{name}.txt",
                    media_type="text/plain", content=io.BytesIO(b"invented"))
    with system.database.reader() as unit:
        task_id = unit.conn.execute(
            select(Task.id).where(Task.case_id == opened.case_id, Task.process == PROCESS).limit(1)).scalar_one()
    return opened.code, task_id
