"""A form as programs get it: its JSON Schema, with the deployment's lists filled in."""

from __future__ import annotations

from collections.abc import Mapping

from marshmallow import Schema, fields

from nrm.diagrams.forms import Form
from nrm.queries.form_lists import form_lists
from nrm.vocabulary.actor import Actor
from nrm.wiring.system import System


class FormOut(Schema):
    """A form: `schema` is JSON Schema 2020-12, with `x-nrm-*` keys for what it cannot say."""

    id = fields.String()
    title = fields.String()
    help = fields.String()
    digest = fields.String()
    act = fields.String()
    schema = fields.Dict(keys=fields.String())


def form_json(system: System, actor: Actor, form: Form) -> dict[str, object]:
    """Return a form for the answer of a request."""
    filled = form.with_lists(form_lists(system, actor))
    return {
        "id": form.id, "title": form.title, "help": form.help, "digest": form.digest, "act": form.act,
        "schema": filled.json_schema(),
    }


def plain_answers(answers: Mapping[str, object]) -> dict[str, object]:
    """Return answers as a plain object."""
    return dict(answers)
