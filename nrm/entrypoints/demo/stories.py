"""The stories of adults: at sea, on building sites, in kitchens and houses, across borders and at home."""

from __future__ import annotations

from nrm.entrypoints.demo.story import Extra, Line, Story

SEA = {
    "work": "work on a fishing boat", "work_place": "a boat that did not come to harbour for five months",
    "promise": "Deck work, home every second month.", "hours": "18", "pay_promised": "700 a month",
    "pay_received": "Two payments, then nothing.", "debt": "Owes the agent 1,200 for the trip.",
    "conditions": "Bunks for half the crew, rain water, no doctor.", "origin": "Sealand",
}
BUILDING = {
    "work": "work on a building site", "work_place": "a building site with containers to sleep in",
    "promise": "Brick-laying, eight hours, paid weekly.", "hours": "14", "pay_promised": "50 a day",
    "pay_received": "Food money only.", "debt": "900 for the bus, written down by the foreman.",
    "conditions": "Nine men to a container, no heating.", "origin": "Hillmark",
}
HOUSE = {
    "work": "work in a private house", "work_place": "a house with a locked gate",
    "promise": "Caring for two children.", "hours": "16", "pay_promised": "400 a month",
    "pay_received": "Nothing for a year.",
    "debt": "Told to owe for the food.", "conditions": "Slept on the kitchen floor, was not let out alone.",
    "origin": "Velmara",
}
KITCHEN = {
    "work": "work in a restaurant kitchen", "work_place": "a restaurant by a road", "promise": "A course and a wage.",
    "hours": "15", "pay_promised": "500 a month", "pay_received": "Tips taken, no wage.",
    "debt": "Told to owe 600 for clothes.", "conditions": "A bed above the kitchen, the door watched.",
    "origin": "Velmara",
}
FIELDS = {
    "work": "picking fruit", "work_place": "a farm far from any village", "promise": "A season's pay and a room.",
    "hours": "13", "pay_promised": "45 a day", "pay_received": "A third of it.", "debt": "300 for the bus.",
    "conditions": "Tents in the wind, water from a tank.", "origin": "Farland",
}
CLUB = {
    "work": "what had been called waitressing", "work_place": "a bar with rooms above",
    "promise": "Waitressing by the sea.", "hours": "12", "pay_promised": "900 a month",
    "pay_received": "Nothing was left after 'costs'.",
    "debt": "2,000 for the flight and the room.", "conditions": "Never alone on the street.", "origin": "Riverland",
}
DOCTOR = Line("medical", "health_centre", "A doctor, with an interpreter", 120, urgent=True)
LAWYER = Line("legal", "lantern", "Help with the wage claim", 300)
TALKS = Line("psychosocial", "lantern", "Somebody to talk to, once a week", 240)
PAPERS = Line("documents", "mission", "New identity papers", 90)
COURSE = Line("vet", "lantern", "A course that leads to work", 450, funding="donor")
GOODS = Line("material", "harbour_house", "Winter clothes and a phone", 80)
BED = Line("accommodation", "harbour_house", "A room for the next months", 600)
HOME = Line("return", "mission", "Going home, as the person wishes, with somebody meeting them", 700, funding="donor")
FAR = ("id", "tl", "vi", "bn")
NO_POLICE = {"consent_police": "refused", "intends_to_cooperate": "no", "has_cooperated": "no"}

ADULTS: tuple[Story, ...] = (
    Story("boat", "male", SEA, FAR, (22, 45), ("{cm}", "lars", "helga"), lines=(DOCTOR, LAWYER, TALKS, PAPERS), said={
        "*": {**NO_POLICE, "border_crossed": "yes", "crossing_paid": "no", "consent_family_assessment": "refused"},
    }),
    Story("building_site", "male", BUILDING, ("uk", "hi", "tr"), (19, 52), ("lars", "{cm}"), group=3,
          lines=(DOCTOR, LAWYER, GOODS), said={
              "*": {"consent_police": "given", "others_there": "yes", "border_crossed": "yes", "crossing_paid": "yes"},
          }),
    Story("house_worker", "female", HOUSE, openers=("lina", "helga"), lines=(TALKS, COURSE, LAWYER), said={
        "*": {"began": "sold_by_family", "purpose_servitude": "yes", "consent_family_assessment": "refused"},
    }),
    Story("danger_call", "female", CLUB, ("ro", "sq"), (19, 34), ("lina", "{cm}"), lines=(DOCTOR, TALKS, BED), said={
        "*": {"consent_family_assessment": "refused", "purpose_sexual": "yes", "purpose_labour": "not_asked"},
        "record_safety": {"danger_now": "yes", "exploiter_near": "yes", "shelter_wanted": "yes", "can_leave": "yes"},
        "assess_safety": {"threats_since_exit": "yes", "exploiter_knows_place": "no"},
        "assess_risk": {"threats_since_exit": "no"}, "assess_risk_now": {"threats_since_exit": "no"},
    }),
    Story("no_room", "male", FIELDS, ("bn", "hi", "ar"), (20, 50), ("lars", "{cm}"), lines=(DOCTOR, LAWYER), said={
        "*": NO_POLICE,
        "arrange_safe_place": {"place_found": "none_free"},
        "widen_search": {"place_found": "other_place"},
    }),
    Story("provider_full", "female", KITCHEN, ("ro", "rom"), (18, 40), lines=(TALKS, COURSE, PAPERS), said={
        "*": {"consent_family_assessment": "refused"},
        "answer_referral": [
            {"referral_answer": "refused", "refusal_reason": "no_capacity"}, {"referral_answer": "accepted"},
        ],
        "choose_other_provider": {"other_provider": "found", "agency": "health_centre"},
    }),
    Story("mother", "female", FIELDS, ("ar", "rom", "uk"), (24, 39), ("helga", "{cm}"),
          lines=(BED, DOCTOR, Line("education", None, "A school near for the two children", 0)), said={
              "*": {"children_involved": "yes", "dependants": "yes", "consent_police": "refused"},
              "answer_referral": [
                  {"referral_answer": "returned", "question": "Is there room needed for a cot?"},
                  {"referral_answer": "accepted"},
              ],
              "answer_question": {"question_answer": "Yes, for one; the older child sleeps in a bed."},
              "choose_other_provider": {"other_provider": "none"},
          }),
    Story("declines", "male", BUILDING, ("tr", "uk"), (20, 50), ("pavel", "lars"), said={
        "record_safety": {"shelter_wanted": "no", "urgent_care_needed": "yes"},
        "record_consent": {"mechanism_declined": "yes", "consent_interview": "refused", "consent_referral": "refused",
                           "consent_case_management": "refused", "consent_police": "refused"},
        "offer_open_door": {"card": "not_wanted", "consent_follow_up": "refused"},
    }),
    Story("negative", "male", KITCHEN, ("vi", "en"), (22, 45), ("lars", "{cm}"), said={
        "*": {"consent_family_assessment": "refused", "purpose_found": "no", "purpose_labour": "no",
              "exploitation_found": "no", "means_coercion": "no"},
        "confirm_finding": {"finding": "negative"},
        "explain_finding": [{"review_asked": "yes", "review_grounds": ["new_evidence"]}, {"review_asked": "no"}],
        "answer_onward": {"referral_answer": "accepted"},
    }),
    Story("reversed", "female", KITCHEN, ("ro",), (20, 35), ("lina",), lines=(LAWYER, COURSE), said={
        "*": {"consent_family_assessment": "refused"},
        "confirm_finding": {"finding": "negative"},
        "explain_finding": {"review_asked": "yes", "review_helper": "lawyer"},
        "review_finding": {"review_result": "reversed"},
    }),
    Story("family_declined", "female", HOUSE, ("ru", "ro"), (19, 44), lines=(PAPERS, COURSE, TALKS), said={
        "record_consent": {"consent_family_assessment": "given"},
        "ask_about_family": {"consent_family_assessment": "refused"},
    }),
    Story("family_visit", "male", FIELDS, ("ro",), (18, 30), lines=(GOODS, COURSE), said={
        "*": {"consent_family_assessment": "given"}, "weigh_family": {"family_result": "safe_with_support"},
        "hold_meeting": {"known_family": "not_yet"},
    }),
    Story("withdrawn", "female", CLUB, ("uk", "ru"), (20, 36), lines=(TALKS, DOCTOR, PAPERS), said={
        "*": {"consent_family_assessment": "refused"},
    }, extras=(Extra("consent_change", "answer_referral", 6),), youngest=25),
    Story("missing", "male", BUILDING, ("hi", "en"), (20, 33), lines=(GOODS, DOCTOR), said={
        "*": {"consent_family_assessment": "refused"},
        "call_chain": {"signs_of_force": "unknown", "left_by_choice": "unknown"},
        "search": [{"search_result": "still_missing"}, {"search_result": "back"}],
    }, extras=(Extra("missing_person", "agree_visits", 5),), youngest=45),
    Story("missing_now", "female", KITCHEN, ("ro",), (20, 33), lines=(GOODS, DOCTOR), said={
        "*": {"consent_family_assessment": "refused"}, "visit": {"court_state": "going_on"},
        "call_chain": {"signs_of_force": "unknown", "left_by_choice": "unknown"},
    }, extras=(Extra("missing_person", "record_consent", before_end=2.0),), youngest=10),
    Story("detained", "male", FIELDS, ("bn", "ar"), (20, 41), ("pavel", "lina"), lines=(LAWYER, DOCTOR), said={
        "*": {"border_crossed": "yes", "crossing_paid": "yes", "consent_family_assessment": "refused"},
        "record_safety": {"shelter_wanted": "yes"},
        "answer_hold": [{"hold_answer": "granted"}],
    }, extras=(Extra("detention_hold", "assemble_team", 0.1),)),
    Story("detained_now", "male", SEA, ("fr", "ar"), (20, 41), ("lina", "{cm}"), lines=(LAWYER, DOCTOR), said={
        "*": {"border_crossed": "yes", "crossing_paid": "unknown", "consent_family_assessment": "refused"},
        "visit": {"court_state": "going_on"},
    }, extras=(Extra("detention_hold", "assemble_team", before_end=0.06),), youngest=3),
    Story("contact_ended", "male", SEA, ("fr", "en"), (23, 44), lines=(DOCTOR, LAWYER), said={
        "*": {**NO_POLICE, "consent_family_assessment": "refused"},
        "visit": [{}, {"contact_made": "ended", "contact_ended": "yes"}],
        "hear_the_person": {"heard": "ended", "agrees_to_close": "not_asked"},
        "closure_review": {"reason": "ended_by_person"},
    }, youngest=60),
    Story("missed_visits", "female", KITCHEN, ("ro", "rom"), (20, 38), lines=(GOODS, TALKS), said={
        "*": {"consent_family_assessment": "refused"},
        "visit": [{}, {"contact_made": "no"}, {"contact_made": "no"}, {}],
        "check_on_safety": {"safety_check": "safe"},
    }, youngest=60),
    Story("going_home", "male", SEA, ("id", "tl", "fr"), (24, 50), ("helga", "lars", "{cm}"),
          team=(("IOM", "mission", "consent"),), lines=(HOME, PAPERS, LAWYER), said={
              "*": {"border_crossed": "yes", "crossing_paid": "no", "consent_foreign_partner": "given",
                    "consent_police": "refused", "consent_family_assessment": "refused"},
          }),
    Story("settled", "female", KITCHEN, ("ro", "ru"), (20, 45), lines=(COURSE, LAWYER), said={
        "*": {"consent_family_assessment": "refused"},
    }, youngest=95),
    Story("costly", "female", CLUB, ("sq", "uk"), (20, 33), lines=(
        BED, TALKS, Line("vet", "lantern", "Two years of nursing school", 9800, funding="state"), DOCTOR,
    ), said={
        "*": {"consent_family_assessment": "refused", "consent_police": "given"},
        "record_safety": {"danger_now": "yes", "urgent_care_needed": "yes"},
        "approve_plan_coordinator": {"cut": True},
    }, extras=(Extra("transfer", "assemble_team", before_end=2.5),), youngest=14, oldest=40),
)
