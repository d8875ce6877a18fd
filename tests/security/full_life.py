"""One invented case with a canary wherever people write: opened, worked on, corrected, searched, exported, closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO

from flask import Flask

from nrm.commands.add_note import add_note
from nrm.commands.audit import export_history
from nrm.commands.complete_task import complete_task
from nrm.commands.files import attach_file, open_file
from nrm.commands.open_case import open_case, opening_form
from nrm.commands.open_task import look_at_answers, open_task
from nrm.commands.save_draft import save_draft
from nrm.commands.send_outbox import send_outbox
from nrm.commands.sweep import sweep
from nrm.commands.withdraw_consent import record_consent
from nrm.documents.sheets import as_csv
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import NrmError
from tests.security.canaries import Aviary
from tests.support.calling import Api, token_maker
from tests.support.driving import DISTRICT, Drive
from tests.support.filling import fill

UNSEEN_BY_THE_MANAGER = (Category.STAY, Category.SELF_HARM, Category.OFFENDER)
MOST_TASKS = 14


@dataclass
class Life:
    """What was lived through, and what left the house: name -> bytes."""

    drive: Drive
    app: Flask
    birds: Aviary = field(default_factory=Aviary)
    left: dict[str, bytes] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def live(self) -> None:
        """The whole life."""
        case_id = self._open()
        self._write(case_id)
        self._work(case_id)
        self._send_wrongly(case_id)
        self._take_out(case_id)

    def _open(self) -> str:
        manager = self.drive.person("CM", "sa_norvale")
        form = opening_form(self.drive.system, manager)
        answers = fill(form, {"is_child": "no"}, self.birds.answers(form))
        return open_case(self.drive.system, manager, district=DISTRICT, answers=answers).case_id

    def _write(self, case_id: str) -> None:
        system, manager = self.drive.system, self.drive.person("CM", "sa_norvale")
        for category in Category:
            if category not in UNSEEN_BY_THE_MANAGER:
                add_note(system, manager, case_id=case_id, category=category, text=self.birds.word(f"note.{category}"))
        file_id = attach_file(
            system, manager, case_id=case_id, category="narrative", name=f"{self.birds.word('file name')}.txt",
            media_type="text/plain", content=BytesIO(self.birds.word("file").encode() * 5_000),
        )
        with open_file(system, manager, file_id=file_id) as read:
            assert b"".join(read.chunks)
        record_consent(system, manager, case_id=case_id, purpose="interview", answer="given")

    def _work(self, case_id: str) -> None:
        """Complete what is open, each after a draft of it was kept."""
        system = self.drive.system
        for _ in range(MOST_TASKS):
            for task in self.drive.tasks(case_id):
                if task.id not in self.done:
                    break
            else:
                return
            self.done.append(task.id)
            actor = self.drive.of(task)
            page = open_task(system, actor, task_id=task.id)
            if page.separated is not None:
                actor = self.drive.of(task, 2)
            answers = fill(page.form, {}, self.birds.answers(page.form))
            answers = dict(look_at_answers(system, actor, task_id=task.id, answers=answers).answers)
            try:
                save_draft(system, actor, task_id=task.id, answers=answers)
                complete_task(system, actor, task_id=task.id, answers=answers, seen_version=page.version)
            except NrmError:
                continue  # a form that asks for something in particular: its draft is there all the same

    def _send_wrongly(self, case_id: str) -> None:
        """Over HTTP, so that the programs in between have something to tell: what is wrong, foreign, and unforeseen."""
        api = Api(self.app, self.drive, token_maker(self.drive))
        manager, stranger = self.drive.person("CM", "sa_norvale"), self.drive.person("CM", "sa_midmar")
        word = self.birds.word
        sent = (
            ("POST", f"/cases/{case_id}/notes", {"category": word("wrong category"), "text": word("its text")}),
            ("POST", f"/cases/{case_id}/notes", {"category": "process", word("unknown field"): word("its value")}),
            ("POST", f"/cases/{case_id}/notes", {"category": "process", "text": word("note over HTTP")}),
            ("POST", "/cases/search", {"names": {"person.given_name": word("search")}}),
            ("POST", f"/cases/{case_id}/close", {"reason": word("wrong reason")}),
            ("POST", "/cases", {"district": word("wrong district"), "answers": {word("no question"): word("answer")}}),
        )
        for method, path, body in sent:
            for actor in (manager, stranger):
                assert api.call(method, path, actor, body).status_code < 500
        client = self.app.test_client()
        client.post("/sign-in", data={"login": word("account"), "password": word("password")})
        client.post("/crash", data={"text": word("crash")})

    def _take_out(self, case_id: str) -> None:
        """Letters and tables: what leaves the house."""
        system, auditor = self.drive.system, self.drive.person("AUD", "national_unit")
        sweep(system)
        send_outbox(system, limit=1_000)
        self.left["history.csv"] = as_csv(export_history(system, auditor, case_id=case_id)).encode()
