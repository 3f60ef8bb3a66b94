"""Every address of the product."""

from importlib.util import find_spec

from django.conf import settings
from django.urls import include, path

from brm.audit.urls import urlpatterns as audit_pages
from brm.bulk_changes.urls import urlpatterns as bulk_change_pages
from brm.conversations.urls import urlpatterns as conversation_pages
from brm.core.crud.refusing import refused
from brm.core.frame import set_theme, styleguide
from brm.core.imports.urls import urlpatterns as import_pages
from brm.exports.urls import urlpatterns as export_pages
from brm.notifications.urls import urlpatterns as notification_pages
from brm.operation.urls import urlpatterns as operation_pages
from brm.people.urls import urlpatterns as people_pages
from brm.people.views import UserViews
from brm.saved_views.urls import urlpatterns as saved_view_pages
from brm.search.urls import urlpatterns as search_pages
from brm.tokens.urls import urlpatterns as token_pages
from brm.webhooks.urls import urlpatterns as webhook_pages
from customers.urls import urlpatterns as customer_pages
from feedback.urls import urlpatterns as feedback_pages
from finance.urls import urlpatterns as finance_pages
from kpis.urls import urlpatterns as kpi_pages
from services.urls import urlpatterns as service_pages
from strategy.urls import urlpatterns as strategy_pages

handler500 = "brm.core.outage.server_error"
handler403 = refused

urlpatterns = [
    path("theme/", set_theme, name="theme"),
    path("i18n/", include("django.conf.urls.i18n")),
    *people_pages,
    *operation_pages,
    *customer_pages,
    *service_pages,
    *feedback_pages,
    *finance_pages,
    *strategy_pages,
    *kpi_pages,
    *import_pages,
    *export_pages,
    *audit_pages,
    *saved_view_pages,
    *bulk_change_pages,
    *notification_pages,
    *conversation_pages,
    *search_pages,
    *UserViews.urls(),
    *token_pages,
    *webhook_pages,
]
if find_spec("brm.api"):
    urlpatterns.append(path("api/", include("brm.api")))
if settings.DEBUG:
    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
