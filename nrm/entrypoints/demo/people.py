"""The invented people who work in the demo: their sign-ins, and who of them can do a task."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from nrm.commands.accounts import create_user
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.wiring.system import System

SIGN_INS_FILE = "sign_ins.json"
"""In the installation's folder; the sign-in page of a demo reads it."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """One invented account: login, what it is for in a few words, and where it works."""

    login: str
    who: str
    agency: str
    roles: tuple[str, ...]
    unit: str | None = None
    on_tour: bool = False

    @property
    def name(self) -> str:
        """The name colleagues see; obviously invented."""
        return f"{self.login.capitalize()} Invented"

    @property
    def password(self) -> str:
        """Printed on the screen: there is nothing to protect in a demo."""
        return f"invented-{self.login}"


WORKER = ("CM", "FR", "MDT")
SIGN_INS: tuple[SignIn, ...] = (
    SignIn("ana", "Social worker in Norvale", "sa_norvale", WORKER, "casework", on_tour=True),
    SignIn("mara", "Social worker in Midmar", "sa_midmar", WORKER, "casework", on_tour=True),
    SignIn("sonia", "Supervisor in Norvale", "sa_norvale", ("SUP",), "coordination", on_tour=True),
    SignIn("clara", "Coordinator in Norvale", "sa_norvale", ("COORD",), "coordination", on_tour=True),
    SignIn("marek", "Coordinator in Midmar", "sa_midmar", ("COORD", "SUP"), "coordination", on_tour=True),
    SignIn("hana", "Shelter worker, Harbour House", "harbour_house", ("SHEL", "PROV"), on_tour=True),
    SignIn("helga", "Doctor, Health Centre", "health_centre", ("MED", "PROV", "FR"), "medicine", on_tour=True),
    SignIn("lucia", "Services and counselling, Lantern", "lantern", ("PSY", "PROV"), "counselling", on_tour=True),
    SignIn("pavel", "Police officer", "police", ("POL", "FR"), on_tour=True),
    SignIn("cora", "Child-protection officer", "child_protection", ("CP",), "authority", on_tour=True),
    SignIn("greta", "Guardian", "guardians", ("GUARD",), on_tour=True),
    SignIn("viktor", "Competent authority", "national_unit", ("CA",), "decisions", on_tour=True),
    SignIn("nora", "National unit", "national_unit", ("NCU",), "coordination", on_tour=True),
    SignIn("otto", "Auditor", "national_unit", ("AUD",), "audit", on_tour=True),
    SignIn("adam", "Administrator of accounts", "national_unit", ("ADMIN",), "coordination"),
    SignIn("dina", "Process designer", "national_unit", ("DES",), "coordination"),
    SignIn("petru", "Social worker in Norvale, a colleague of Ana", "sa_norvale", WORKER, "casework"),
    SignIn("filip", "Families in Norvale", "sa_norvale", ("FAM",), "families"),
    SignIn("milo", "Families in Midmar", "sa_midmar", ("FAM",), "families"),
    SignIn("saul", "Social worker in Southport", "sa_southport", WORKER, "casework"),
    SignIn("selma", "Families in Southport", "sa_southport", ("FAM",), "families"),
    SignIn("stefan", "Coordinator in Southport", "sa_southport", ("COORD", "SUP"), "coordination"),
    SignIn("henrik", "Psychologist, Health Centre", "health_centre", ("PSY",), "counselling"),
    SignIn("lina", "Helpline, Lantern", "lantern", ("HOT", "FR"), "helpline"),
    SignIn("leon", "Lawyer, Lantern", "lantern", ("LEG",), "legal_aid"),
    SignIn("chiara", "Children's house", "child_protection", ("SHEL", "PROV"), "childrens_house"),
    SignIn("priya", "Prosecutor", "prosecution", ("PROS",)),
    SignIn("lars", "Labour inspector", "labour_inspectorate", ("LAB", "FR")),
    SignIn("misha", "Migration mission", "mission", ("IOM", "IOM-S", "IOM-R", "PROV")),
)


class Staff:
    """Everybody who can act in the demo, by login and by what they fill."""

    def __init__(self, actors: dict[str, Actor]) -> None:
        self.by_login = actors

    def __getitem__(self, login: str) -> Actor:
        return self.by_login[login]

    def able(self, role: str, agency: str, unit: str | None, *, not_users: Iterable[str] = ()) -> list[Actor]:
        """Return who fills a role at an agency and unit, in the order of the table, but for ``not_users``."""
        out = set(not_users)
        return [
            actor for actor in self.by_login.values()
            if role in actor.roles and actor.agency_id == agency and unit in (None, actor.unit)
            and actor.user_id not in out
        ]


def create_people(system: System) -> Staff:
    """Create the accounts of ``SIGN_INS`` through the act for it, and write the file the sign-in page reads."""
    actors = {}
    for one in SIGN_INS:
        user_id, _ = create_user(
            system, SYSTEM, login=one.login, name=one.name, agency_id=one.agency, roles=one.roles,
            unit_name=one.unit, email=f"{one.login}@{one.agency.replace('_', '-')}.velmara.example",
            password=one.password,
        )
        actors[one.login] = Actor(user_id, one.agency, frozenset(one.roles), one.unit)
    (system.settings.dir / SIGN_INS_FILE).write_text(json.dumps(sign_in_rows(), indent=1), encoding="utf-8")
    return Staff(actors)


def sign_in_rows() -> list[dict[str, object]]:
    """Return the sign-ins as rows: login, password, name, who, tour."""
    return [
        {"login": one.login, "password": one.password, "name": one.name, "who": one.who, "tour": one.on_tour}
        for one in SIGN_INS
    ]
