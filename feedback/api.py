"""REST resources of complaints and surveys."""

from brm.core.api import RecordViewSet

from .models import Complaint, Invitation, Response, Survey


class ComplaintViewSet(RecordViewSet):
    model = Complaint
    fields = (
        "customer",
        "service",
        "subject",
        "text",
        "channel",
        "severity",
        "status",
        "received_at",
        "received_on",
        "acknowledge_due_at",
        "acknowledged_at",
        "answered_at",
        "closed_at",
        "finding",
        "remedy",
        "learning",
        "duplicate_of",
    )


class SurveyViewSet(RecordViewSet):
    model = Survey
    fields = (
        "name",
        "service",
        "kind",
        "status",
        "opened_at",
        "closed_at",
        "closed_on",
        "reflection",
    )


class InvitationViewSet(RecordViewSet):
    model = Invitation
    fields = ("survey", "customer", "service", "status", "invited_at", "invited_on")


class ResponseViewSet(RecordViewSet):
    model = Response
    fields = (
        "survey",
        "invitation",
        "customer",
        "service",
        "completed_at",
        "completed_on",
        "score",
        "scale_min",
        "scale_max",
        "satisfaction",
        "comment",
        "is_test",
    )
