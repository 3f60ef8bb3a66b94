"""Columns of imported complaints, surveys and survey responses."""

import hashlib
from collections.abc import Sequence
from typing import Any

from brm.core.imports import Column, Importer, columns_of, register, truth
from brm.core.imports.parsers import instant
from brm.core.writing import write_many

from .models import Complaint, Invitation, Response, Survey
from .models.survey import SurveyStatus
from .models.survey_answer import InvitationStatus

INVITATION = "INV/"
LONGEST_REFERENCE = 100


@register
class ComplaintImporter(Importer):
    entity, model = "complaints", Complaint
    columns = columns_of(
        Complaint,
        "reference* customer service channel subject* text received_at* acknowledged_at answered_at"
        " closed_at status finding severity",
    )


@register
class SurveyImporter(Importer):
    """The state of a survey follows from when it opened and closed."""

    entity, model = "surveys", Survey
    columns = columns_of(Survey, "reference* name* service opened_at closed_at kind")

    def status_of(self, record: Survey, values: dict[str, Any]) -> str | None:
        if record.status == SurveyStatus.PUBLISHED and record.closed_at:
            return None
        if record.closed_at:
            return SurveyStatus.CLOSED
        if record.opened_at and record.status != SurveyStatus.PAUSED:
            return SurveyStatus.OPEN
        return None


@register
class ResponseImporter(Importer):
    """A response and, when the row tells when it was asked for, the invitation it answers."""

    entity, model = "survey_responses", Response
    columns = (
        *columns_of(Response, "reference* survey* customer service"),
        Column("invited_at", instant),
        Column("bounced", truth, empty=False),
        *columns_of(Response, "completed_at score scale_min scale_max comment"),
    )
    companions = (Invitation,)

    def attach(self, rows: Sequence[tuple[Response, dict[str, Any]]]) -> None:
        """Find or start the invitation of each row that tells of one."""
        told = [(r, v) for r, v in rows if v.get("invited_at") or v.get("bounced")]
        known = {i.pk: i for i in self._invitations([r for r, _values in told])}
        named = {invitation.reference: invitation for invitation in known.values()}
        for response, values in told:
            reference = invitation_reference(response.reference)
            invitation = known.get(response.invitation_id) or named.get(reference)
            invitation = invitation or Invitation(reference=reference)
            response.asked = _fill(invitation, response, values)

    def _invitations(self, responses: Sequence[Response]) -> Sequence[Invitation]:
        if not responses:
            return []
        own = [r.invitation_id for r in responses if r.invitation_id]
        references = [invitation_reference(r.reference) for r in responses]
        found = Invitation.everything.filter(reference__in=references)
        return found | Invitation.everything.filter(pk__in=own) if own else found

    def changed(self, record: Response) -> bool:
        asked = getattr(record, "asked", None)
        return super().changed(record) or (
            asked is not None and (asked._state.adding or bool(asked.changed_fields()))
        )

    def write(self, records: Sequence[Response]) -> None:
        """Write the invitations, then the responses that answer them."""
        asked = [record for record in records if getattr(record, "asked", None)]
        if asked:
            write_many([record.asked for record in asked])
        for record in asked:
            record.invitation = record.asked
        write_many(records)


def invitation_reference(reference: str) -> str:
    """The reference of the invitation that an imported response makes."""
    if len(INVITATION + reference) <= LONGEST_REFERENCE:
        return INVITATION + reference
    return INVITATION + hashlib.sha256(reference.encode()).hexdigest()


def _fill(invitation: Invitation, response: Response, values: dict[str, Any]) -> Invitation:
    """Bring an invitation in line with the row; its state follows from what the row tells."""
    for name in ("survey", "customer", "service"):
        setattr(invitation, name, getattr(response, name))
    if values.get("invited_at"):
        invitation.invited_at = values["invited_at"]
    if values.get("bounced"):
        invitation.status = InvitationStatus.BOUNCED
    elif response.completed_at:
        invitation.status = InvitationStatus.COMPLETED
    elif invitation.status in (InvitationStatus.QUEUED, InvitationStatus.BOUNCED):
        invitation.status = InvitationStatus.SENT
    invitation.deleted_at = None
    return invitation
