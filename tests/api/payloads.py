"""For each resource the least that a POST needs, and a field to change afterwards."""

from collections.abc import Callable
from itertools import count
from typing import Any

from tests.factories import make

_numbers = count(1)

PAYLOADS: dict[str, Callable[[], dict[str, Any]]] = {
    "exchange-rates": lambda: {
        "currency": "USD",
        "base": "EUR",
        "on": f"{1900 + next(_numbers)}-01-01",
        "rate": "0.9",
    },
    "services": lambda: {"name": "Mail"},
    "service-offerings": lambda: {"name": "Gold", "service": make("services").pk},
    "customers": lambda: {"name": "Acme"},
    "agreements": lambda: {
        "customer": make("customers").pk,
        "service_reference": make("services").reference,
        "starts_on": "2025-01-01",
    },
    "objectives": lambda: {"title": "Grow"},
    "initiatives": lambda: {"title": "Move to the cloud"},
    "complaints": lambda: {"subject": "Slow", "received_at": "2025-03-01T08:00:00+01:00"},
    "surveys": lambda: {"name": "Spring"},
    "survey-invitations": lambda: {"survey": make("surveys").pk},
    "survey-responses": lambda: {"survey_reference": make("surveys").reference},
    "budget-lines": lambda: {
        "name": "Licences",
        "starts_on": "2025-01-01",
        "ends_on": "2025-12-31",
        "amount": "100.00",
        "currency": "EUR",
    },
    "cost-entries": lambda: {"posted_on": "2025-02-01", "amount": "5.00", "currency": "EUR"},
    "proposals": lambda: {"title": "Fewer servers"},
}
CHANGES: dict[str, dict[str, Any]] = {
    "exchange-rates": {"rate": "1.50000000"},
    "services": {"name": "Other"},
    "service-offerings": {"name": "Other"},
    "customers": {"name": "Other", "tier": "key"},
    "agreements": {"notice_days": 30},
    "objectives": {"title": "Other"},
    "initiatives": {"title": "Other"},
    "complaints": {"subject": "Other"},
    "surveys": {"name": "Other"},
    "survey-invitations": {"invited_at": "2025-03-01T00:00:00Z"},
    "survey-responses": {"comment": "Other"},
    "budget-lines": {"amount": "200.00"},
    "cost-entries": {"amount": "7.25"},
    "proposals": {"title": "Other"},
}
