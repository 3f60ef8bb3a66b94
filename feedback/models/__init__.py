from .complaint import Complaint, ComplaintStatus, Finding, Severity
from .survey import Survey, SurveyKind, SurveyStatus
from .survey_answer import Invitation, InvitationStatus, Response

__all__ = [
    "Complaint",
    "ComplaintStatus",
    "Finding",
    "Invitation",
    "InvitationStatus",
    "Response",
    "Severity",
    "Survey",
    "SurveyKind",
    "SurveyStatus",
]
