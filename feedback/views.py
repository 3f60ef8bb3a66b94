"""Pages of complaints and surveys."""

from django.utils.translation import gettext_lazy as _

from brm.core.crud import CrudViews
from brm.core.navigation import VOICE

from .models import Complaint, Invitation, Response, Survey


class ComplaintViews(CrudViews):
    model = Complaint
    icon = "message-square-warning"
    group, order = VOICE, 10
    columns = ["subject", "customer", "service", "status", "severity", "received_at", "reference"]
    fields = [
        "subject",
        "reference",
        "customer",
        "service",
        "channel",
        "severity",
        "received_at",
        "text",
        "finding",
        "remedy",
        "learning",
    ]
    shown = [
        *fields,
        "acknowledge_due_at",
        "acknowledged_at",
        "answered_at",
        "closed_at",
        "duplicate_of",
    ]
    ordering = "-received_at"
    empty_text = _("Complaints are heard, acknowledged, answered and learnt from here.")


class SurveyViews(CrudViews):
    model = Survey
    icon = "clipboard-list"
    group, order = VOICE, 20
    columns = ["name", "service", "kind", "status", "opened_at", "closed_at", "reference"]
    fields = ["name", "reference", "service", "kind", "reflection"]
    shown = [*fields, "opened_at", "closed_at"]
    empty_text = _("A survey asks customers how satisfied they are and shows what came of it.")


class InvitationViews(CrudViews):
    model = Invitation
    icon = "mail"
    group, order = VOICE, 30
    columns = ["reference", "survey", "customer", "service", "status", "invited_at"]
    empty_text = _("An invitation asks one person to answer a survey.")
    importable = False  # comes with its response


class ResponseViews(CrudViews):
    model = Response
    icon = "smile"
    group, order = VOICE, 40
    columns = [
        "reference",
        "survey",
        "customer",
        "service",
        "score",
        "satisfaction",
        "completed_at",
    ]
    fields = [
        "reference",
        "survey",
        "customer",
        "service",
        "completed_at",
        "score",
        "scale_min",
        "scale_max",
        "comment",
        "is_test",
    ]
    shown = [*fields, "satisfaction", "invitation"]
    ordering = "-completed_at"
    empty_text = _("Responses are the answers to surveys; they make up customer satisfaction.")
