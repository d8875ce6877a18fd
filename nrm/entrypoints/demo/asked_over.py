"""One case that another agency is asked to take over: both sides find a transfer that waits for an answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from nrm.entrypoints.demo.making import Maker
from nrm.entrypoints.demo.people import Staff
from nrm.entrypoints.demo.prepared import prepared_cast
from nrm.entrypoints.demo.stories import COURSE, KITCHEN
from nrm.entrypoints.demo.story import Extra, Story

BEGAN = timedelta(hours=5)
STORY = Story("moving", "female", KITCHEN, ("ro",), (24, 24), lines=(COURSE,), said={
    "*": {"consent_family_assessment": "refused", "consent_police": "refused"},
}, extras=(Extra("transfer", "assemble_team", 0),))


def plan_asked_case(maker: Maker, staff: Staff, until: datetime) -> None:
    """Plan a case of Norvale whose coordinator asks Midmar the same day; Midmar has not answered."""
    maker.add(prepared_cast(
        STORY, staff["ana"], 231, district="norvale", pace=timedelta(minutes=13), stop_at={"answer_transfer"},
    ), until - BEGAN)
