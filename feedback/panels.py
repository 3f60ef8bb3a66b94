"""What feedback shows on the pages of customers, services and surveys."""

from brm.core.crud import register_panel
from customers.models import Customer
from services.models import Service

from .models import Survey
from .views import ComplaintViews, ResponseViews

register_panel(
    Customer,
    ComplaintViews,
    "customer",
    order=30,
    columns=("subject", "service", "status", "received_at"),
)
register_panel(
    Service,
    ComplaintViews,
    "service",
    order=30,
    columns=("subject", "customer", "status", "received_at"),
)
register_panel(
    Customer,
    ResponseViews,
    "customer",
    order=40,
    columns=("reference", "survey", "score", "completed_at"),
)
register_panel(
    Survey,
    ResponseViews,
    "survey",
    order=10,
    columns=("reference", "customer", "score", "completed_at"),
)
