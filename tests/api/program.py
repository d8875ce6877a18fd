"""A program that knows the OpenAPI document, some tokens and the form schemas it is given; nothing of our code.

What it wishes to answer stands in a table by field key; everything else it makes up from the JSON schema, and
what it left out it learns from the problem document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

Json = dict[str, Any]
MOST_TRIES = 8


class Answer(Protocol):
    """What a client gives back."""

    status_code: int

    def get_json(self) -> Any: ...


class Send(Protocol):
    """Sends a request with a token."""

    def __call__(self, method: str, path: str, token: str, body: Json | None = None) -> Answer: ...


class Program:
    """Carries a case as far as there are tasks."""

    def __init__(self, document: Json, send: Send, wishes: Mapping[str, Any]) -> None:
        self.document = document
        self.send = send
        self.wishes = wishes
        self.done: list[str] = []

    def address(self, ending: str, method: str, **places: str) -> str:
        """Find a path of the document by how it ends, and fill its places."""
        found = [
            path for path, item in self.document["paths"].items() if path.endswith(ending) and method in item
        ]
        assert len(found) == 1, (ending, found)
        return str(found[0]).format(**places)

    def open_case(self, token: str, district: str) -> Json:
        """Open a case with the form that the API gives for it."""
        form = self._json("get", self.address("/cases/opening-form", "get"), token)
        body = {"district": district, "answers": self.fill(form["schema"], {})}
        return self._until_taken("post", self.address("/api/v1/cases", "post"), token, body, form["schema"])

    def work(self, token: str) -> int:
        """Do every task that is with this account; returns how many."""
        done = 0
        for queue in ("mine", "claimable"):
            path = f"{self.address('/tasks', 'get')}?queue={queue}"
            for line in self._json("get", path, token)["items"]:
                done += self.do(token, line["id"])
        return done

    def do(self, token: str, task_id: str) -> bool:
        """Claim and complete one task; False where somebody else has to."""
        task = self._json("get", self.address("/tasks/{task_id}", "get", task_id=task_id), token)
        if not task["may_complete"]:
            return False
        claim = self.send("post", self.address("/claim", "post", task_id=task_id), token, {})
        assert claim.status_code == 200, claim.get_json()
        schema = task["form"]["schema"]
        look = self.address("/tasks/{task_id}/preview", "post", task_id=task_id)
        looked = self.send("post", look, token, {"answers": self.fill(schema, task["answers"])})
        assert looked.status_code == 200, looked.get_json()
        body = {"answers": looked.get_json()["answers"]}
        self._until_taken("post", self.address("/complete", "post", task_id=task_id), token, body, schema)
        self.done.append(f"{task['process']}.{task['element']}")
        return True

    def fill(self, schema: Json, known: Mapping[str, Any]) -> Json:
        """Return answers that fit a schema: what is known, what is wished, what must be."""
        found: Json = {}
        for key, one in schema["properties"].items():
            if self._wished(key, one):
                found[key] = self.value(key, one, known.get(key))
            elif key in known and one.get("type") != "array":
                found[key] = known[key]
            elif key in known or key in schema.get("required", ()):
                found[key] = self.value(key, one, known.get(key))
        return found

    def value(self, key: str, one: Json, known: Any = None) -> Any:
        """Return a value that a property takes."""
        wish = self.wishes.get(key)
        if one.get("type") == "array" and one["items"].get("type") == "object":
            rows = known or wish or [{}]
            return [self.fill(one["items"], {**self.fill(one["items"], {}), **row}) for row in rows]
        if self._wished(key, one):
            return wish
        if "const" in one:
            return one["const"]
        if one.get("type") == "array":
            return [self.value("", one["items"])]
        return one["enum"][0] if one.get("enum") else _plain(one)

    def _wished(self, key: str, one: Json) -> bool:
        wish = self.wishes.get(key)
        if wish is None:
            return False
        if one.get("type") == "array" and one["items"].get("type") == "object":
            return isinstance(wish, list)
        return not one.get("enum") or wish in one["enum"]

    def _until_taken(self, method: str, path: str, token: str, body: Json, schema: Json) -> Json:
        """Send answers; add what the problem document asks for, and send them again."""
        for _ in range(MOST_TRIES):
            answer = self.send(method, path, token, body)
            found: Json = answer.get_json()
            if answer.status_code < 300:
                return found
            assert answer.status_code == 422, found
            for key in found["errors"]:
                place = key.split("[")[0].split(".")[0]
                assert place in schema["properties"], found
                body["answers"][place] = self.value(place, schema["properties"][place], body["answers"].get(place))
        raise AssertionError((path, found, body))

    def _json(self, method: str, path: str, token: str) -> Json:
        answer = self.send(method, path, token)
        assert answer.status_code == 200, (path, answer.get_json())
        found: Json = answer.get_json()
        return found


def _plain(one: Json) -> Any:
    match one.get("type"):
        case "boolean":
            return True
        case "integer" | "number":
            return max(1, one.get("minimum", 1))
        case _ if one.get("format") == "date":
            return "2026-03-01"
        case _ if "T" in one.get("pattern", ""):
            return "2026-03-01T10:00"
        case _ if r"\d{2}:\d{2}" in one.get("pattern", ""):
            return "10:00"
        case _:
            return "Invented words."
