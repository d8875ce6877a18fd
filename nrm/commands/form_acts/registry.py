"""The form acts by name (form property ``nrm:act``)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from nrm.commands.form_acts import consents, dates, emergencies, other, plans, recalls, referrals, team, transfers
from nrm.commands.form_acts.form_act import FormActFunction

FORM_ACTS: Mapping[str, FormActFunction] = MappingProxyType({
    "birth_date": dates.birth,
    "consent": consents.consent,
    "consent_change": consents.consent_change,
    "delivery": referrals.delivery,
    "delivery_confirm": referrals.delivery_confirm,
    "emergency_review": emergencies.review,
    "family_consent": other.family_consent,
    "funds": other.nothing_more,
    "gap": other.gap,
    "giving_back_again": other.nothing_more,
    "guardian": referrals.guardian,
    "guardian_ends": dates.guardian_ends,
    "guardian_term": dates.guardian_term,
    "line_provider": referrals.line_provider,
    "meeting": other.nothing_more,
    "onward_referral": referrals.onward_referral,
    "own_name": consents.own_name,
    "place": referrals.place,
    "plan": plans.plan,
    "plan_agree": plans.plan_agree,
    "plan_approve": plans.plan_approve,
    "referral_consent": referrals.referral_consent,
    "referral_question": referrals.referral_question,
    "referral_response": referrals.referral_response,
    "share_override": other.share_override,
    "team": team.team,
    "told_recipients": recalls.told_recipients,
    "transfer_answer": transfers.transfer_answer,
    "transfer_propose": transfers.transfer_propose,
    "visit": other.visit,
})
