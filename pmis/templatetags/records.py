"""Template tags of the working side: fields, counters, states of records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, HiddenInput
from django.template.defaultfilters import date, truncatechars
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ccs.templatetags.formats import amount, day, number, rate
from pmis.models import IN_FORCE, Record, RecordState
from pmis.records.types import RecordType
from pmis.roles import SYSTEM, Role
from pmis.services.withdrawals import record_models
from pmis.sheets import Sheet, sheet_of

register = template.Library()

#: Circle of a record's state (`components/state.html`): saved, submitted, published, returned.
CIRCLES = {
    RecordState.DRAFT: "saved",
    RecordState.SUBMITTED: "submitted",
    RecordState.CONFIRMED: "submitted",
    RecordState.RETURNED: "returned",
    RecordState.SCHEDULED: "submitted",
    RecordState.HEARING: "submitted",
    RecordState.SUPERSEDED: "none",
    RecordState.REJECTED: "returned",
    RecordState.CANCELLED: "none",
}
#: States that say more than "published" does, and stand before it.
OWN_WORDS = frozenset(IN_FORCE) - {RecordState.APPROVED}


@register.inclusion_tag("pmis/records/_field.html")
def field(bound: BoundField, label: str = "", hint: str = "") -> dict[str, Any]:
    """Show a form field with its label, hint, what stood there before, and its errors."""
    form = bound.form
    errors = bound.errors if form.is_bound else []
    was = getattr(form, "was", {}).get(bound.name)
    hint = hint or bound.help_text
    parts = [f"{bound.id_for_label}-h"] if hint else []
    parts += [f"{bound.id_for_label}-e"] if errors else []
    attrs = {"aria-describedby": " ".join(parts)} if parts else {}
    return {
        "field": bound,
        "widget": bound.as_widget(attrs=attrs),
        "label": label or bound.label,
        "hint": hint,
        "errors": errors,
        "was": was,
        "is_changed": was is not None,
        "is_box": isinstance(bound.field.widget, CheckboxInput),
        "is_hidden": isinstance(bound.field.widget, HiddenInput),
        "is_optional": not bound.field.required,
    }


@register.inclusion_tag("pmis/records/_counter.html")
def counter(bound: BoundField, label: str, name: str = "") -> dict[str, Any]:
    """Show a number with a button on either side that works without a script."""
    was = bound.form.was.get(bound.name)
    value = bound.value()
    return {
        "field": bound,
        "label": label,
        "name": name or label,
        "value": "" if value is None else value,
        "was": was or "0" if was is not None else None,
        "errors": bound.errors if bound.form.is_bound else [],
    }


@register.filter
def text_of(bound: BoundField) -> str:
    """Return what a field shows, a choice by its words."""
    value = bound.value()
    value = bound.field.prepare_value(value)
    choices = dict(getattr(bound.field, "choices", ()))
    return str(choices.get(value, value) or "")


@register.simple_tag
def sheet(entry: RecordType, record: Record) -> Sheet:
    """Return a record as facts and tables."""
    return sheet_of(entry, record)


@register.filter
def fields_of(form: BaseForm, names: Iterable[str]) -> list[BoundField]:
    """Return the fields of a form that a section names."""
    return [form[name] for name in names]


@register.filter
def lines_named(lines: dict[str, Any], name: str) -> Any:
    """Return the lines of one kind."""
    return lines[name]


@register.inclusion_tag("components/state.html")
def record_state(record: Any, published_at: Any = None) -> dict[str, Any]:
    """Show the state of a record in the words saved, submitted, published, with its time."""
    if published_at and record.is_in_force:
        own = _sentence(RecordState(record.state)) if record.state in OWN_WORDS else ""
        return {"state": "published", "at": published_at, "before": own}
    moments = {
        RecordState.DRAFT: record.updated_at,
        RecordState.SUBMITTED: record.submitted_at,
        **dict.fromkeys(IN_FORCE, record.approved_at),
    }
    state = RecordState(record.state)
    circle = CIRCLES.get(state, "submitted")
    words = {RecordState.DRAFT: "", RecordState.SUBMITTED: "", RecordState.RETURNED: ""}
    return {
        "state": circle,
        "label": words.get(state, _sentence(state)),
        "at": moments.get(state, record.updated_at),
    }


@register.filter
def capital(text: Any) -> str:
    """Return a text with a capital first letter."""
    return _sentence(text)


def _sentence(text: Any) -> str:
    words = str(getattr(text, "label", text))
    return words[:1].upper() + words[1:]


#: Buttons are verbs with their object.
ACTIONS = {
    "submit": lambda: _("Submit"),
    "recall": lambda: _("Take back"),
    "confirm": lambda: _("Confirm"),
    "approve": lambda: _("Approve"),
    "return": lambda: _("Return with a reason"),
    "correct": lambda: _("Correct"),
    "withdraw": lambda: _("Withdraw"),
    "lift": lambda: _("Lift the withdrawal"),
    "register": lambda: _("Register and publish"),
    "contract": lambda: _("Mark as contracted"),
    "commence": lambda: _("Begin the work"),
    "progress": lambda: _("Work goes on"),
    "suspend": lambda: _("Suspend"),
    "resume": lambda: _("Resume"),
    "inspect": lambda: _("Begin the completion inspection"),
    "complete": lambda: _("Complete"),
    "hand_over": lambda: _("Begin the defect liability period"),
    "close": lambda: _("Close"),
    "terminate": lambda: _("Terminate"),
    "sign": lambda: _("Sign"),
    "notify": lambda: _("Notify the ordering body"),
    "inspection": lambda: _("Inspect"),
    "judgement": lambda: _("Decide on the result"),
    "schedule": lambda: _("Set day and time"),
    "pass": lambda: _("Passed"),
    "pass_conditionally": lambda: _("Passed under conditions"),
    "fail": lambda: _("Failed"),
    "cancel": lambda: _("Cancel the request"),
    "rectify": lambda: _("Say what was put right"),
    "approve_conditionally": lambda: _("Approve under conditions"),
    "reject": lambda: _("Reject"),
    "receive": lambda: _("Enter a delivery"),
    "reinstate": lambda: _("Reinstate"),
    "reinstate_conditionally": lambda: _("Reinstate under conditions"),
    "suspend_approval": lambda: _("Suspend the approval"),
    "revoke": lambda: _("Revoke the approval"),
    "retest": lambda: _("Test again"),
    "issue": lambda: _("Issue"),
    "verify": lambda: _("Verify and close"),
    "reopen": lambda: _("Open again"),
    "amend": lambda: _("Amend the contract"),
    "rebaseline": lambda: _("Link the new baseline"),
    "certify": lambda: _("Inspect and certify"),
    "send_to_payment": lambda: _("Send to payment"),
    "pay": lambda: _("Enter the payment"),
    "settle": lambda: _("Settle"),
    "notify_result": lambda: _("Make the result known"),
    "object": lambda: _("Object"),
    "answer_objection": lambda: _("Answer and make final"),
    "make_final": lambda: _("Make final"),
    "hear": lambda: _("Set the hearing"),
    "impose": lambda: _("Impose"),
    "appeal": lambda: _("Appeal"),
    "uphold": lambda: _("Uphold"),
    "annul": lambda: _("Annul"),
    "mode": lambda: _("Switch the mode"),
    "acknowledge": lambda: _("Confirm receipt"),
    "note": lambda: _("Confirm receipt"),
    "reply": lambda: _("Reply"),
    "accept": lambda: _("Accept the reply"),
    "reinstruct": lambda: _("Instruct again"),
    "waive": lambda: _("Close without a reply"),
    "sign_contractor": lambda: _("Sign for the contractor"),
    "follow_up": lambda: _("Enter what was done"),
    "enter": lambda: _("Enter in the register"),
    "assign": lambda: _("Say who answers"),
    "snapshot": lambda: _("Add a snapshot"),
    "switch_off": lambda: _("Switch off"),
    "switch_on": lambda: _("Switch on"),
    "take_down": lambda: _("Take down"),
    "open": lambda: _("Open (nobody assigned yet)"),
    "assign_action": lambda: _("Assign"),
    "done": lambda: _("Report what was done"),
    "stop": lambda: _("Stop the work"),
    "lift_stop": lambda: _("Lift the stop-work order"),
    "report": lambda: _("Report"),
    "investigate": lambda: _("Note the investigation"),
    "notice": lambda: _("Inform the authority"),
    "conclude": lambda: _("End the investigation"),
}
#: What was done, for the way a record took.
STEPS = {
    "submit": lambda: _("Submitted"),
    "recall": lambda: _("Taken back"),
    "confirm": lambda: _("Confirmed"),
    "approve": lambda: _("Approved"),
    "return": lambda: _("Returned"),
    "correct": lambda: _("Correction begun"),
    "withdraw": lambda: _("Withdrawn"),
    "lift": lambda: _("Withdrawal lifted"),
    "register": lambda: _("Registered"),
    "contract": lambda: _("Contracted"),
    "commence": lambda: _("Commenced"),
    "progress": lambda: _("Under construction"),
    "suspend": lambda: _("Suspended"),
    "resume": lambda: _("Resumed"),
    "inspect": lambda: _("Completion inspection begun"),
    "complete": lambda: _("Completed"),
    "hand_over": lambda: _("Handed over"),
    "close": lambda: _("Closed"),
    "terminate": lambda: _("Terminated"),
    "sign": lambda: _("Signed"),
    "notify": lambda: _("Notified"),
    "inspection": lambda: _("Inspected"),
    "judgement": lambda: _("Result decided"),
    "schedule": lambda: _("Day and time set"),
    "pass": lambda: _("Passed"),
    "pass_conditionally": lambda: _("Passed under conditions"),
    "fail": lambda: _("Failed"),
    "cancel": lambda: _("Cancelled"),
    "rectify": lambda: _("Put right"),
    "approve_conditionally": lambda: _("Approved under conditions"),
    "reject": lambda: _("Rejected"),
    "receive": lambda: _("Delivery entered"),
    "reinstate": lambda: _("Reinstated"),
    "reinstate_conditionally": lambda: _("Reinstated under conditions"),
    "suspend_approval": lambda: _("Approval suspended"),
    "revoke": lambda: _("Revoked"),
    "retest": lambda: _("To be tested again"),
    "issue": lambda: _("Issued"),
    "verify": lambda: _("Verified and closed"),
    "reopen": lambda: _("Opened again"),
    "amend": lambda: _("Contract amended"),
    "rebaseline": lambda: _("Baseline updated"),
    "certify": lambda: _("Inspected and certified"),
    "send_to_payment": lambda: _("Sent to payment"),
    "pay": lambda: _("Paid"),
    "settle": lambda: _("Settled"),
    "notify_result": lambda: _("Result made known"),
    "object": lambda: _("Objected to"),
    "answer_objection": lambda: _("Objection answered"),
    "make_final": lambda: _("Made final"),
    "hear": lambda: _("Hearing set"),
    "impose": lambda: _("Imposed"),
    "appeal": lambda: _("Appealed"),
    "uphold": lambda: _("Upheld"),
    "annul": lambda: _("Annulled"),
    "mode": lambda: _("Mode switched"),
    "acknowledge": lambda: _("Receipt confirmed"),
    "note": lambda: _("Receipt confirmed"),
    "reply": lambda: _("Replied"),
    "accept": lambda: _("Reply accepted"),
    "reinstruct": lambda: _("Instructed again"),
    "waive": lambda: _("Closed without a reply"),
    "sign_contractor": lambda: _("Signed for the contractor"),
    "follow_up": lambda: _("Follow-up entered"),
    "enter": lambda: _("Entered"),
    "assign": lambda: _("Assigned"),
    "snapshot": lambda: _("Snapshot added"),
    "switch_off": lambda: _("Switched off"),
    "switch_on": lambda: _("Switched on"),
    "take_down": lambda: _("Taken down"),
    "open": lambda: _("Opened"),
    "assign_action": lambda: _("Assigned"),
    "done": lambda: _("Done"),
    "stop": lambda: _("Work stopped"),
    "lift_stop": lambda: _("Stop-work order lifted"),
    "report": lambda: _("Reported"),
    "investigate": lambda: _("Investigation noted"),
    "notice": lambda: _("Authority informed"),
    "conclude": lambda: _("Investigation ended"),
}


@register.filter
def action_label(action: str) -> str:
    """Return the words on the button of an action."""
    return ACTIONS[action]() if action in ACTIONS else action


@register.filter
def step_label(action: str) -> str:
    """Return the words for a step that was taken."""
    return STEPS[action]() if action in STEPS else action


@register.filter
def role_label(role: str) -> str:
    """Return the name of a role; the system is named too."""
    if role == SYSTEM:
        return pgettext("actor", "the system, by time-out")
    if role in Role.values:
        return str(Role(role).label)
    return role


#: The one button that is filled, by action; the others are outlined.
FILLED = frozenset(
    {"submit", "confirm", "approve", "register", "sign", "notify", "commence"}
    | {
        "inspection",
        "judgement",
        "pass",
        "receive",
        "rectify",
        "issue",
        "verify",
        "reinstate",
        "acknowledge",
        "note",
        "reply",
        "accept",
        "sign_contractor",
        "enter",
    }
    | {"open", "assign_action", "done", "report", "lift_stop", "conclude"}
    | {"certify", "amend", "rebaseline", "send_to_payment", "pay", "settle", "notify_result"}
    | {"make_final", "answer_objection"}
)
WARNING = frozenset(
    {"return", "terminate", "suspend", "withdraw"}
    | {"fail", "cancel", "reject", "revoke", "reopen", "suspend_approval", "reinstruct", "waive"}
    | {"stop"}
    | {"object", "impose", "appeal", "annul"}
)


@register.filter
def button_class(action: str) -> str:
    """Return the class of an action's button."""
    if action in FILLED:
        return "btn"
    return "btn warn" if action in WARNING else "btn alt"


@register.inclusion_tag("pmis/records/_register_row.html")
def register_row(
    entry: Any, columns: Any, record: Any, published: dict[Any, Any]
) -> dict[str, Any]:
    """Show one row of a register in its columns."""
    url = reverse(f"pmis:{entry.name}-detail", args=[record.public_id])
    first, *others = columns
    return {
        "record": record,
        "published_at": published.get(record.public_id),
        "head": _row_head(first, record, url),
        "cells": format_html_join("", "{}", ((_cell(column, record),) for column in others)),
    }


# Cells are written here and not in the template: a register has hundreds of them.


def _row_head(column: Any, record: Any, url: str) -> SafeString:
    value = column.value(record)
    if column.kind == "day":
        value = format_html('{} <span class="small soft">{}</span>', day(value), date(value, "D"))
    link = '<th scope="row"><a class="hit" href="{}"><span>{}</span></a></th>'
    return format_html(link, url, value)


def _cell(column: Any, record: Any) -> SafeString:
    value = column.value(record)
    if column.is_figure:
        shown = {"number": number, "rate": rate}.get(column.kind)
        text = shown(value) if shown else amount(value, record.project.currency)
        return format_html('<td class="num" data-label="{}">{}</td>', column.label, text)
    text = day(value) if column.kind == "day" else truncatechars(value, 70)
    return format_html('<td data-label="{}">{}</td>', column.label, text)


@register.filter
def of_record(moments: dict[Any, Any], record: Any) -> Any:
    """Return when a record was published, from what was looked up for the whole page."""
    return moments.get(record.public_id)


@register.filter
def link_of(links: dict[Any, str], event: Any) -> str:
    """Return the page of the record that an event is about, empty where it has none."""
    return links.get(event.record_public_id, "")


@register.filter
def type_label(record_type: str) -> str:
    """Return what a record type is called, by its model."""
    model = record_models().get(record_type)
    return _sentence(model._meta.verbose_name) if model else record_type
