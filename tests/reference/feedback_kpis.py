"""The complaint KPIs and the survey KPIs."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from .company import Answer, Complaint, Response
from .contribution import ONE, UNATTRIBUTED, ZERO, Contribution, Reading, half_up

COMPLAINT_DIMENSIONS = ("customer", "segment", "region", "manager")
RESPONSE_DIMENSIONS = ("segment", "region", "manager")
SATISFIED = Decimal("0.75")


def complaint_contributions(reading: Reading) -> Iterator[Contribution]:
    """complaints, complaints_withdrawn, complaints_upheld, complaints_acknowledged_in_time."""
    for complaint in reading.company.complaints:
        received_on = reading.local_date(complaint.received_at)
        if complaint.deleted or not reading.happened(received_on):
            continue
        if complaint.status == "withdrawn":
            yield _of_complaint(reading, "complaints_withdrawn", complaint)
        elif complaint.status != "duplicate":
            yield from _counted(reading, complaint)


def _counted(reading: Reading, complaint: Complaint) -> Iterator[Contribution]:
    """A complaint that counts: itself, whether upheld, in time or not once that has fallen due."""
    yield _of_complaint(reading, "complaints", complaint)
    if complaint.finding in ("upheld", "partly"):
        yield _of_complaint(reading, "complaints_upheld", complaint)
    if complaint.due_at <= reading.now:
        at = complaint.acknowledged_at
        in_time = at is not None and at <= complaint.due_at
        yield _of_complaint(
            reading, "complaints_acknowledged_in_time", complaint, ONE if in_time else ZERO, ONE
        )


def _of_complaint(
    reading: Reading,
    kpi: str,
    complaint: Complaint,
    numerator: Decimal = ONE,
    denominator: Decimal | None = None,
) -> Contribution:
    """A complaint's contribution, dated by received at, with the dimensions of that day."""
    day = reading.local_date(complaint.received_at)
    dims = reading.customer_dims(complaint.customer, day, COMPLAINT_DIMENSIONS)
    dims["service"] = complaint.service or UNATTRIBUTED
    dims["channel"] = complaint.channel or UNATTRIBUTED
    return Contribution(
        kpi, "complaint", complaint.reference, "", day, numerator, denominator, dims
    )


def counts_as_completed(reading: Reading, response: Response) -> bool:
    """Whether a response is completed by the run's date; partial, test and deleted ones never are.

    Those of a deleted survey neither (decision 7).
    """
    return (
        response.completed_at is not None
        and not (response.partial or response.test or response.deleted)
        and not reading.surveys[response.survey].deleted
        and reading.happened(reading.local_date(response.completed_at))
    )


def answers_of(reading: Reading, response: Response) -> list[Answer]:
    """The satisfaction answers; a score is the one answer, about its service, else its survey's."""
    if response.answers:
        return list(response.answers)
    service = response.service or reading.surveys[response.survey].service
    return [Answer(service, response.score, response.scale_min, response.scale_max)]


def survey_contributions(reading: Reading) -> Iterator[Contribution]:
    """The five KPIs of surveys, invitations and responses."""
    yield from _closed(reading)
    completed_invitations = set()
    for response in reading.company.responses:
        if counts_as_completed(reading, response):
            completed_invitations.add(response.invitation)
            yield _completed(reading, response)
            yield from _satisfaction(reading, response)
    yield from _response_rate(reading, completed_invitations)


def _closed(reading: Reading) -> Iterator[Contribution]:
    """A survey that closed, dated by that."""
    for survey in reading.company.surveys:
        if survey.deleted or survey.closed_at is None:
            continue
        day = reading.local_date(survey.closed_at)
        if reading.happened(day):
            dims = {"service": survey.service or UNATTRIBUTED}
            yield Contribution(
                "surveys_closed", "survey", survey.reference, "", day, ONE, None, dims
            )


def _completed(reading: Reading, response: Response) -> Contribution:
    """A completed response; of several services none is named."""
    day = reading.local_date(response.completed_at)
    dims = reading.customer_dims(response.customer, day, RESPONSE_DIMENSIONS)
    services = {answer.service for answer in answers_of(reading, response)}
    only = services.pop() if len(services) == 1 else None
    dims["service"] = only or UNATTRIBUTED
    return Contribution(
        "surveys_completed", "response", response.reference, "", day, ONE, None, dims
    )


def normalised_mean(answers: list[Answer]) -> Decimal | None:
    """The mean of the answers, 0 worst, 1 best, half up to 6 decimals; None without any."""
    judged = [
        Fraction(one.score - one.scale_min) / Fraction(one.scale_max - one.scale_min)
        for one in answers
        if one.score is not None and one.scale_min != one.scale_max
    ]
    return half_up(sum(judged) / len(judged), 6) if judged else None


def _satisfaction(reading: Reading, response: Response) -> Iterator[Contribution]:
    """Per service that the response judges: satisfied or not, and the mean to 4 decimals."""
    day = reading.local_date(response.completed_at)
    by_service: dict[str | None, list[Answer]] = {}
    for answer in answers_of(reading, response):
        by_service.setdefault(answer.service, []).append(answer)
    for service, answers in by_service.items():
        mean = normalised_mean(answers)
        if mean is None:
            continue
        dims = reading.customer_dims(response.customer, day, ("customer", *RESPONSE_DIMENSIONS))
        dims["service"] = service or UNATTRIBUTED
        for kpi, numerator in (
            ("service_satisfaction", ONE if mean >= SATISFIED else ZERO),
            ("satisfaction_score", half_up(mean, 4)),
        ):
            yield Contribution(
                kpi, "response", response.reference, service or "", day, numerator, ONE, dict(dims)
            )


def _response_rate(reading: Reading, completed: set[str | None]) -> Iterator[Contribution]:
    """Per delivered invitation, completed or not, dated by the day of the invitation."""
    for invitation in reading.company.invitations:
        survey = reading.surveys[invitation.survey]
        delivered = invitation.invited_at is not None and not invitation.bounced
        if invitation.deleted or survey.deleted or not delivered:
            continue
        day = reading.local_date(invitation.invited_at)
        if reading.happened(day):
            dims = reading.customer_dims(invitation.customer, day, ("segment",))
            dims["service"] = invitation.service or survey.service or UNATTRIBUTED
            numerator = ONE if invitation.reference in completed else ZERO
            yield Contribution(
                "survey_response_rate",
                "invitation",
                invitation.reference,
                "",
                day,
                numerator,
                ONE,
                dims,
            )
