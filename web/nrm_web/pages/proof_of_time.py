"""Proof of time: one printable page per case, each line with the entry of the history that proves it."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from nrm.commands.read_proof import read_proof
from nrm.vocabulary.history_acts import ACTS
from nrm_web.blueprint import words_of
from nrm_web.pages.case import case_id
from nrm_web.pages.case_clocks import STATES, TONES, basis_words
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()


@pages.get("/cases/<code>/proof-of-time")
def proof_of_time(code: str) -> ResponseReturnValue:
    """Every clock of the case with its basis, pauses, changes, notices, breach and outcome; no name."""
    visit = the_visit()
    proof = read_proof(visit.system, visit.actor, case_id=case_id(code))
    words, known = words_of(visit.system, visit), visit.system.configuration

    def said(act: str) -> str:
        return words(ACTS.get(act, act.replace(".", " ").replace("_", " ").capitalize()))

    def roles(codes: tuple[str, ...]) -> str:
        return words.listed(known.roles[code].title if code in known.roles else code for code in codes)

    return render_template(
        "coordinator/proof_of_time.html", proof=proof, said=said, basis=basis_words, roles=roles, states=STATES,
        tones=TONES,
    )
