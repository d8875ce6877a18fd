"""The actions by name: the only things a diagram can make happen besides tasks, clocks and other processes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from nrm.commands.actions import pausing, recalling, referring, running, transferring
from nrm.commands.settling.settlement import ActionFunction

ACTIONS: Mapping[str, ActionFunction] = MappingProxyType({
    "apply_consent_change": running.apply_consent_change,
    "check_referral_consent": referring.check_referral_consent,
    "feedback_to_referrer": referring.feedback_to_referrer,
    "hand_over_case": running.hand_over_case,
    "move_case": transferring.move_case_over,
    "pause_clocks": pausing.pause_clocks,
    "record_service_gap": referring.record_service_gap,
    "remind_recipient": recalling.remind_recipient,
    "resume_case": running.resume_case,
    "resume_clocks": pausing.resume_clocks,
    "return_plan_line": referring.return_plan_line,
    "send_anonymous_notification": running.send_anonymous_notification,
    "send_message": running.send_message,
    "send_referral": referring.send_referral,
    "set_fact": running.set_fact,
    "start_line_referrals": referring.start_line_referrals,
    "start_run": running.start_run,
    "suspend_case": running.suspend_case,
    "tell_team": running.tell_team,
})
