"""Processes: what is in force, the versions before, and one version as picture, list, forms and files."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema

from nrm.commands.publishing import withdraw_version
from nrm.queries.processes import (
    ProcessLine,
    VersionLine,
    VersionView,
    process_version,
    processes_list,
    version_file,
    version_form,
    versions,
)
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import DONE, Done, new_blueprint, words
from nrm_api.dumping import list_of, plain_schema
from nrm_api.form_json import FormOut, form_json
from nrm_api.signing import needs, the_actor, the_system, weighty

blueprint = new_blueprint("processes", "Published processes and their versions")


class WithdrawIn(Schema):
    """Why the version is withdrawn."""

    reason = words(required=True)


@blueprint.route("/processes")
@blueprint.response(200, list_of(plain_schema(ProcessLine), "Processes"))
def list_processes() -> object:
    """List the processes in force."""
    return {"items": processes_list(the_system(), the_actor())}


@blueprint.route("/processes/<string:process>/versions")
@blueprint.response(200, list_of(plain_schema(VersionLine), "Versions"))
def list_versions(process: str) -> object:
    """List the versions of a process, the newest first."""
    return {"items": versions(the_system(), the_actor(), process=process)}


@blueprint.route("/processes/<string:process>/withdraw", methods=["POST"])
@blueprint.arguments(WithdrawIn)
@blueprint.response(200, Done)
@needs(Permission.PROCESSES_WITHDRAW)
@weighty
def withdraw(body: dict[str, Any], process: str) -> object:
    """Withdraw the current version to the one before; running runs stay."""
    withdraw_version(the_system(), the_actor(), process=process, **body)
    return DONE


@blueprint.route("/versions/<string:digest>")
@blueprint.response(200, plain_schema(VersionView))
def get_version(digest: str) -> object:
    """Read one version: its diagram, the equal list, its forms, tables and limits."""
    return process_version(the_system(), the_actor(), digest=digest)


@blueprint.route("/versions/<string:digest>/forms/<string:form>")
@blueprint.response(200, FormOut)
def get_form(digest: str, form: str) -> object:
    """Read one form of a version."""
    found = version_form(the_system(), the_actor(), digest=digest, form=form)
    return form_json(the_system(), the_actor(), found)


@blueprint.route("/versions/<string:digest>/files/<path:name>")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
def get_file(digest: str, name: str) -> Response:
    """Download one file of a version."""
    data = version_file(the_system(), the_actor(), digest=digest, name=name)
    return Response(data, content_type="application/octet-stream", headers={
        "Content-Disposition": "attachment", "Content-Security-Policy": "sandbox; default-src 'none'",
    })
