"""Examples of the main journey, as the document shows them; every name and code is invented."""

from __future__ import annotations

CASE_ID = "6f07a664-b4e8-4dc0-ae33-c31f6b92402f"
TASK_ID = "303ca72a-7b9c-57bc-a329-5f6910e414a7"
RUN_ID = "1d0b8a5e-9c3f-4a57-8f0a-2b6f5f3f7c11"
CODE = "93Y-XRPN"

OPEN_CASE = {
    "district": "norvale",
    "answers": {"channel": "phone", "received": "2026-03-06T09:00", "caller_role": "self", "language": "sq",
                "is_child": "no"},
    "happened_at": "2026-03-06T09:00:00+02:00",
}
OPENED = {"case_id": CASE_ID, "code": CODE, "next_tasks": [TASK_ID]}
SEARCH = {"names": {"person.given_name": "Ana", "person.family_name": "Invented"}}
TASK_LINE = {
    "id": TASK_ID, "title": "Check on safety", "process": "immediate_assistance",
    "process_title": "Immediate assistance", "run_id": RUN_ID, "element": "record_safety", "case_code": CODE,
    "case_id": CASE_ID, "role": "FR", "agency_id": "sa_norvale", "assignee_id": None, "assignee_name": None,
    "status": "open", "due_at": "2026-03-06T10:00:00+00:00", "is_overdue": False, "is_soon": True, "priority": 0,
    "safety": True, "help": False, "question": False, "version": 1, "opened_at": "2026-03-06T09:00:00+00:00",
}
TASKS = {"items": [TASK_LINE], "after": None}
TASK = {
    "id": TASK_ID, "title": "Check on safety", "process": "immediate_assistance", "case_code": CODE,
    "case_id": CASE_ID, "version": 2, "status": "claimed", "role": "FR", "agency_id": "sa_norvale",
    "why_mine": ["The team of this case gives this role to Social Assistance Norvale."],
    "clocks": [{
        "id": "5e3f9d0c-24d0-4f0b-9f3c-6f1f2f7ad1b7", "limit_key": "T01",
        "title": "Protective action in immediate danger",
        "source": "limit:T01; practice of emergency services [M]", "default": True, "status": "running",
        "due_at": "2026-03-06T10:00:00+00:00", "reason_wanted": False,
        "why": ["Started on Friday 6 March 2026, 11:00.", "One hour by the clock, day or night."],
    }],
    "form": {
        "id": "F02_safety", "title": "Safety check", "schema": {
            "type": "object", "additionalProperties": False, "required": ["danger_now"],
            "properties": {"danger_now": {"title": "In danger now?", "type": "string",
                                          "enum": ["yes", "no", "unknown", "not_asked", "prefers_not"]}},
        },
    },
    "answers": {}, "has_draft": False, "known": [], "may_complete": True,
}
CLAIMED = {"version": 2}
PAUSE = {"ground": "missing"}
CLOCK_CHANGE = {"kind": "extend", "ground": "authority", "units": 5}
COMPLETE = {"answers": {"danger_now": "no"}, "happened_at": "2026-03-06T09:30:00+02:00"}
COMPLETED = {
    "task_id": TASK_ID, "case_id": CASE_ID, "case_code": CODE,
    "record_id": "c7be7f89-f149-4c9d-b42d-353979b70309", "next_tasks": [],
}
ABSENCE = {"first": "2026-03-09", "last": "2026-03-13", "substitute_id": "u-2", "processes": [], "cases": []}
ABSENCES = {"items": [{
    "id": "0b3f5f0e-52f6-4a2c-8f43-1f1c9f0c7d11", "user_id": "u-1", "name": "Ion Invented", "agency_id": "sa_norvale",
    "substitute_id": "u-2", "substitute_name": "Vera Invented", "first": "2026-03-09", "last": "2026-03-13",
    "processes": [], "cases": [], "status": "planned", "may_change": True,
}], "after": None}
MOVES = {"way": "spread", "from_user_id": "u-1", "role": "CM", "reason": "workload"}
HISTORY_ENTRY = {
    "seq": 5, "at": "2026-03-06T09:30:00+00:00", "actor_id": "u-1", "actor_name": "Ion Invented",
    "agency_id": "sa_norvale", "agency_name": "Social Assistance Norvale", "act": "task.completed",
    "object": f"task:{TASK_ID}", "about": "Check on safety", "outcome": "ok", "rule": "task:task.complete",
    "bundle": None, "digest": "83472c60", "link": "4b747dbe",
}
HISTORY = {"case_id": CASE_ID, "case_code": CODE, "entries": [HISTORY_ENTRY], "before_seq": None, "own_only": False}
VERDICT = {"ok": True, "entries": 20, "first_bad": None, "head": "83472c60", "erased": 0,
           "sentence": "All 20 entries are as they were written, and none is missing."}
FUTURE = {"until": "2026-04-06T09:00:00+00:00", "assumed": [
    {"kind": "done", "at": "2026-03-09T09:00:00+00:00", "task_id": TASK_ID},
]}
DUTY_NOW = {"items": [{"role": "NCU", "district": "norvale", "names": ["Ina Invented"]}]}
DUTY = {
    "begin": "2026-03-01T22:00:00+00:00", "end": "2026-03-08T22:00:00+00:00", "roles": ["COORD", "NCU"],
    "districts": ["norvale"], "nationally": False, "candidates": [{
        "id": "0c1a8f0e-5b1d-4c39-9a57-6f9f6f2f6a11", "name": "Ina Invented", "roles": ["COORD"],
    }],
    "lines": [{
        "id": "5b7f5b1e-2f0c-4d6b-8a3e-1c2d3e4f5a6b", "role": "COORD", "district": "norvale",
        "user_id": "0c1a8f0e-5b1d-4c39-9a57-6f9f6f2f6a11", "name": "Ina Invented",
        "from_at": "2026-03-02T15:00:00+00:00", "to_at": "2026-03-03T06:00:00+00:00", "is_over": False,
    }],
    "gaps": [{"role": "NCU", "district": None, "from_at": "2026-03-05T15:00:00+00:00",
              "to_at": "2026-03-06T06:00:00+00:00"}],
}
LETTERS = {"items": [{
    "id": "f1c6a2f4-7f0e-4c53-9f63-5f3f0c8d2a10", "login": "ion.invented", "name": "Ion Invented",
    "agency_name": "Social Assistance Norvale", "weight": "statutory", "written_at": "2026-03-06T09:30:00+00:00",
    "tries": 12, "error": "no answer", "next_at": None,
}], "after": None}
WHY = {
    "case_id": CASE_ID, "case_code": CODE, "user_id": "cm-1", "agency_id": "sa_norvale", "roles": ["CM"],
    "at": "2026-03-06T09:00:00+00:00", "is_kept_away": False,
    "ties": [{"role": "CM", "relation": "team", "named": False}],
    "opens": {"about": "case", "allowed": True, "rule": "team:CM:case.read",
              "sentence": "You are in this case as CM (team).", "extent": "none"},
    "history": {"about": "history", "allowed": True, "rule": "history:CM=yes",
                "sentence": "You see the whole history.", "extent": "all"},
    "categories": [
        {"about": "contact", "allowed": True, "rule": "visibility:CM.contact=yes",
         "sentence": "Your role sees this in the cases of its team.", "extent": "all"},
        {"about": "stay", "allowed": False, "rule": "visibility:CM.stay=named",
         "sentence": "Only the few named for this case see this.", "extent": "none"},
    ],
    "weighed": [], "permissions": [],
}
