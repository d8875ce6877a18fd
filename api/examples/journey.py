"""Opens a case and does the tasks that are with you: the standard library, a token, and the API's own answers.

``python journey.py https://nrm.example TOKEN DISTRICT``. Every answer is made up: for an installation to try out only.
"""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
import uuid
from typing import Any


def send(base: str, token: str, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """Send one request; returns the status and the JSON of the answer."""
    request = urllib.request.Request(  # noqa: S310 - the address is what you gave
        f"{base}/api/v1{path}", method=method, data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {token}", "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        },
    )
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def value(one: dict[str, Any]) -> Any:
    """Make up a value that a property of a form's JSON schema takes."""
    if "const" in one:
        return one["const"]
    if one.get("enum"):
        return one["enum"][0]
    if one.get("type") == "array":
        inside = one["items"]
        return [least(inside) if inside.get("type") == "object" else value(inside)]
    number = max(1, one.get("minimum", 1))
    simple = {"integer": number, "number": number, "boolean": True}.get(one.get("type", ""))
    if simple is not None:
        return simple
    if one.get("format") == "date" or "T" in one.get("pattern", ""):
        return "2026-03-01" if "format" in one else "2026-03-01T10:00"
    return "Invented words."


def least(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a schema requires, and no more."""
    return {key: value(schema["properties"][key]) for key in schema.get("required", ())}


def until_taken(base: str, token: str, path: str, body: dict[str, Any], schema: dict[str, Any]) -> Any:
    """Send answers; add what the problem names, and send them again."""
    for _ in range(8):
        status, found = send(base, token, "POST", path, body)
        if status != 422:
            return found
        for key in found["errors"]:
            place = key.split("[")[0].split(".")[0]
            body["answers"][place] = value(schema["properties"][place])
    return found


def main(base: str, token: str, district: str) -> None:
    """Open a case and do what is mine."""
    _, form = send(base, token, "GET", "/cases/opening-form")
    opened = until_taken(
        base, token, "/cases", {"district": district, "answers": least(form["schema"])}, form["schema"]
    )
    print("opened", opened.get("code", opened))  # noqa: T201
    for task_id in opened.get("next_tasks", ()):
        _, task = send(base, token, "GET", f"/tasks/{task_id}")
        schema = task["form"]["schema"]
        body = {"answers": {**task["answers"], **least(schema)}}
        done = until_taken(base, token, f"/tasks/{task_id}/complete", body, schema)
        print(task["title"], "->", done.get("record_id", done))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), sys.argv[2], sys.argv[3])
