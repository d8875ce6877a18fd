"""What a request to each writing route says: the shape it asks for, so that only access can be in its way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ACCOUNT = {"name": "Nobody Invented", "agency_id": "sa_norvale", "roles": ["MDT"]}
_AGENCY = {
    "name": "Social Assistance Norvale", "kind": "social_assistance", "districts": ["norvale"],
    "serves": ["FR", "CM", "COORD", "SUP", "FAM", "MDT"], "calendar": "norvale",
}
_CORRECTION = {"answers": {}, "reason": "typing_mistake"}
_AWAY = {"first": "2030-03-04", "last": "2030-03-08"}
_DAY = {"day": "2030-03-06", "change": "free", "name": "Bridge day"}

BODIES: Mapping[str, Mapping[str, Any]] = {
    "PUT /me/language": {"language": "en"},
    "POST /notices/read": {},
    "PUT /me/mail": {"muted": True},
    "POST /duty": {
        "role": "COORD", "district": "norvale", "user_id": "coord-sa_norvale-1",
        "from_at": "2030-03-04T15:00:00+00:00", "to_at": "2030-03-05T06:00:00+00:00",
    },
    "DELETE /duty/<duty_id>": {},
    "POST /letters/retry": {},
    "POST /letters/discard": {},
    "POST /cases": {"district": "norvale", "answers": {}},
    "POST /cases/search": {"names": {"person.given_name": "Nobody"}},
    "POST /deadlines/future": {"process": "case", "district": "norvale", "until": "2026-03-03T09:00:00+00:00"},
    "POST /cases/<case>/future": {"until": "2026-03-03T09:00:00+00:00"},
    "POST /gaps/<gap_id>/review": {"note": "words"},
    "POST /processes/<process>/withdraw": {"reason": "words"},
    "POST /processes/<process>/drafts": {},
    "POST /decisions/<process>/<table>/evaluate": {"facts": {"act_found": "yes"}},
    "POST /drafts/<draft_id>/check": {},
    "PUT /drafts/<draft_id>": {"files": {}, "version": 1},
    "DELETE /drafts/<draft_id>": {},
    "POST /drafts/<draft_id>/limit": {
        "key": "T01", "length": 3, "unit": "working_days", "source": "words", "version": 1,
    },
    "POST /drafts/<draft_id>/review": {},
    "POST /drafts/<draft_id>/publish": {"digest": "0"},
    "POST /drafts/<draft_id>/send-back": {"reason": "words"},
    "POST /users": {**_ACCOUNT, "login": "nobody.invented"},
    "PUT /users/<user_id>": _ACCOUNT,
    "POST /users/<user_id>/reset-password": {},
    "POST /users/<user_id>/revoke-tokens": {},
    "POST /tokens": {"login": "cm-sa_norvale-1", "days": 1},
    "POST /absences/preview": _AWAY,
    "POST /absences": _AWAY,
    "POST /absences/<absence_id>/end": {},
    "POST /moves/preview": {"way": "pool"},
    "POST /moves": {"way": "pool"},
    "POST /batches/<batch_id>/undo": {},
    "POST /batches/<batch_id>/retry": {},
    "POST /users/<user_id>/leave": {},
    "POST /agencies/<agency_id>/rehome": {},
    "PUT /agencies/<agency_id>": _AGENCY,
    "POST /calendars/<calendar>/days": _DAY,
    "POST /audit/installation/check": {},
    "POST /cases/<case>/history/check": {},
    "POST /cases/<case>/reveal": {"group": "identity"},
    "POST /cases/<case>/runs": {"process": "risk_review"},
    "POST /cases/<case>/team": {"members": [{"role": "LEG", "agency_id": "lantern"}]},
    "POST /cases/<case>/notes": {"category": "process", "text": "words"},
    "POST /cases/<case>/consents": {"purpose": "interview", "answer": "given"},
    "POST /consents/<consent_id>/withdraw": {},
    "POST /cases/<case>/overrides": {
        "recipient": "police", "purpose": "police", "categories": ["identity"], "basis": "court_order",
        "reason": "words",
    },
    "POST /overrides/<override_id>/confirm": {},
    "PUT /referrals/<referral_id>/fields": {"fields": []},
    "POST /referrals/<referral_id>/withdraw": {"reason": "not_needed"},
    "POST /cases/<case>/plan/<line>/referral": {},
    "POST /cases/<case>/links": {"other_code": "AAA-AAAA", "kind": "family"},
    "POST /cases/<case>/close": {"reason": "duplicate"},
    "POST /cases/<case>/reopen": {"reason": "new_need"},
    "POST /records/<record_id>/correct": _CORRECTION,
    "POST /tasks/<task_id>/claim": {},
    "POST /tasks/<task_id>/release": {},
    "POST /tasks/<task_id>/help": {"kind": "need_help"},
    "POST /tasks/<task_id>/return": {"question": "words"},
    "POST /tasks/<task_id>/complete": {"answers": {}},
    "PUT /tasks/<task_id>/draft": {"answers": {}},
    "POST /tasks/<task_id>/reassign": {"to_user_id": "cm-sa_norvale-2", "reason": "absence"},
    "POST /tasks/<task_id>/late-reason": {"reason": "workload"},
    "POST /deadlines/<deadline_id>/pause": {"ground": "missing"},
    "POST /deadlines/<deadline_id>/resume": {},
    "POST /deadlines/<deadline_id>/changes": {"kind": "extend", "ground": "law", "units": 1},
    "POST /deadlines/<deadline_id>/reason": {"reason": "workload"},
    "POST /clock-changes/<request_id>/grant": {},
    "POST /clock-changes/<request_id>/refuse": {},
    "POST /cases/<case>/holds": {"ground": "audit"},
    "POST /holds/<hold_id>/lift": {},
    "POST /cases/<case>/erasures": {"basis": "person_asked", "reason": "words"},
    "POST /erasures/<erasure_id>/approve": {},
    "POST /erasures/<erasure_id>/refuse": {},
    "POST /incidents/<incident_id>/retry": {},
    "POST /incidents/<incident_id>/supply-fact": {"facts": {"is_child": "no"}},
    "POST /incidents/<incident_id>/propose": {"flow": "x", "reason": "words"},
    "POST /incidents/<incident_id>/confirm": {},
}
"""JSON, by route. ``POST /cases/<case>/files`` sends a form with a file: :data:`WITH_FILE`."""

_USER_FORM = {**_ACCOUNT, "login": "nobody.invented", "email": "", "unit_name": "", "supervisor_id": "",
              "language": "en", "status": "active"}

FORMS: Mapping[str, Mapping[str, Any]] = {
    "POST /cases/new": {"given_name": "Nobody"},
    "POST /service-gaps/<gap_id>/review": {"note": "words"},
    "POST /processes/<process_id>/withdraw": {"reason": "words"},
    "POST /drafts/<draft_id>": {"version": "1", "note": "words"},
    "POST /drafts/<draft_id>/files/remove": {"name": "forms/F03_rights.json", "version": "1"},
    "POST /drafts/<draft_id>/tables/<table_id>": {"version": "1", "xml": "<definitions/>"},
    "POST /drafts/<draft_id>/tables/<table_id>/check": {"xml": "<definitions/>"},
    "POST /drafts/<draft_id>/tables/<table_id>/tests": {"version": "1", "tests": "tests: []"},
    "POST /drafts/<draft_id>/publish": {"digest": "0"},
    "POST /drafts/<draft_id>/send-back": {"reason": "words"},
    "POST /users/new": _USER_FORM,
    "POST /users/<user_id>": _USER_FORM,
    "POST /agencies/new": {**_AGENCY, "agency_id": "nowhere_office"},
    "POST /calendars/<calendar_id>/days": _DAY,
    "POST /agencies/<agency_id>": {**_AGENCY, "active": "yes", "manages_cases": "yes"},
    "POST /absences/new": {**_AWAY, "_action": "save"},
    "POST /moves": {"way": "pool"},
    "POST /api-tokens": {"login": "cm-sa_norvale-1", "days": "1"},
    "POST /cases/<code>/start": {"process": "risk_review"},
    "POST /cases/<code>/team": {"role": "LEG", "agency": "lantern"},
    "POST /cases/<code>/notes": {"category": "process", "text": "words"},
    "POST /cases/<code>/consents": {"purpose": "interview", "answer": "given", "given_by": "person"},
    "POST /cases/<code>/overrides": {
        "recipient": "police", "law_purpose": "police", "law_categories": ["identity"], "basis": "court_order",
        "law_reason": "words",
    },
    "POST /referrals/<referral_id>/fields": {},
    "POST /referrals/<referral_id>/withdraw": {"reason": "not_needed"},
    "POST /cases/<code>/plan/<line_no>/referral": {},
    "POST /cases/<code>/link": {"other_code": "AAA-AAAA", "kind": "family"},
    "POST /cases/<code>/close": {"reason": "duplicate"},
    "POST /cases/<code>/reopen": {"reason": "new_need"},
    "POST /records/<record_id>/correct": {"_reason": "typing_mistake", "_shown": ""},
    "POST /tasks/<task_id>/help": {"kind": "need_help"},
    "POST /tasks/<task_id>/return": {"question": "words"},
    "POST /tasks/<task_id>/reassign": {"to_user_id": "cm-sa_norvale-2", "reason": "absence"},
    "POST /tasks/<task_id>/late-reason": {"late_reason": "workload"},
    "POST /deadlines/<deadline_id>/pause": {"ground": "missing"},
    "POST /deadlines/<deadline_id>/changes": {"kind": "extend", "extend_ground": "law", "units": "1"},
    "POST /deadlines/<deadline_id>/reason": {"reason": "workload"},
    "POST /clock-changes/<request_id>/decide": {"grant": "yes"},
    "POST /retention/<code>/hold": {"ground": "audit"},
    "POST /retention/<code>/propose": {"basis": "person_asked", "reason": "words"},
    "POST /incidents/<incident_id>/facts": {"fact-is_child": "no"},
    "POST /incidents/<incident_id>/path": {"flow": "x", "reason": "words"},
}
"""A page's own fields, by route; the other pages ask for none, or for a form's answers."""

WITH_FILE: Mapping[str, Mapping[str, str]] = {
    "POST /cases/<case>/files": {"category": "process"},
    "POST /cases/<code>/files": {"category": "process"},
    "POST /drafts/<draft_id>/files": {"version": "1"},
    "POST /drafts/<draft_id>/tables/<table_id>/files": {"version": "1"},
}
"""Routes that take a file, with the fields beside it."""

RUBBISH: Mapping[str, object] = {"rubbish": ["what", {"nobody": "asked for"}]}
