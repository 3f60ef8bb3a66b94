"""The audit page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from brm.core import keyset
from brm.core.explaining import require
from brm.core.navigation import DATA, Entry, register_entry

from .filters import AuditFilters
from .models import AuditEntry, AuditSeal
from .pages import PAGE, Place, filter_form
from .wording import described

RESOURCE = AuditEntry.resource

register_entry(Entry(DATA, 95, _("Audit trail"), "shield-check", "audit-list", RESOURCE))


class AuditPage(View):
    """Every entry, newest first, narrowed by filters; the address holds all of it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        require(request.user, "V", RESOURCE)
        place = Place(request.path, request.GET)
        filterset = AuditFilters(place.filters(), AuditEntry.objects.all())
        form = filter_form(request.GET, request.user)
        try:
            page = keyset.paginate(filterset.qs, ["-id"], request.GET.get("cursor"), PAGE)
        except keyset.BadCursor:
            page = keyset.paginate(filterset.qs, ["-id"], None, PAGE)
        context = {
            "entries": described(page.items),
            "filter_form": form,
            "chips": place.chips(form, filterset.form.errors),
            "page": place.pager(page, *keyset.capped_count(filterset.qs)),
            "sealed": AuditSeal.objects.order_by("-last_id").only("sealed_at").first(),
            "reset_url": request.path,
        }
        fragment = request.htmx and not request.htmx.history_restore_request
        return render(request, "audit/_list.html" if fragment else "audit/list.html", context)
