"""The pages of notifications: what a person was told, and the choices."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import View

from .forms import ChoicesForm
from .kinds import kind_of, words
from .models import MailState, Notification
from .seeing import seen_by

PAGE = 30


class NotificationsView(View):
    """The own notifications, newest first; `unread=1` leaves out what was read."""

    def get(self, request: HttpRequest) -> HttpResponse:
        found = Notification.objects.filter(recipient=request.user)
        only_unread = request.GET.get("unread") == "1"
        if only_unread:
            found = found.filter(read_at=None)
        before = request.GET.get("before", "")
        if before.isascii() and before.isdigit() and len(before) < 19:
            found = found.filter(pk__lt=int(before))
        rows = list(found.order_by("-id")[: PAGE + 1])
        shown = rows[:PAGE]
        seen = seen_by(request.user, shown)
        context = {
            "items": [item(one, one.pk in seen) for one in shown],
            "only_unread": only_unread,
            "older": shown[-1].pk if len(rows) > PAGE else None,
            "has_unread": bool(request.user.unread),
        }
        return render(request, "notifications/list.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Mark all as read."""
        Notification.objects.filter(recipient=request.user, read_at=None).update(
            read_at=timezone.now()
        )
        return redirect("notifications")


def item(one: Notification, is_seen: bool) -> dict[str, Any]:
    """A notification as the page takes it; of what is out of sight nothing but the time."""
    wording = words(one) if is_seen else None
    kind = kind_of(one.kind) if wording else None
    stop = kind.stop(one) if kind and kind.stop else None
    hidden = _("About something you may not see, or no longer.")
    return {
        "pk": one.pk,
        "title": wording.title if wording else hidden,
        "text": wording.text if wording else "",
        "tone": wording.tone if wording else "neutral",
        "icon": wording.icon if wording else "eye-off",
        "why": str(kind.why) if kind else "",
        "stop": {"label": stop[0], "url": stop[1]} if stop else None,
        "at": one.created_at,
        "is_unread": one.read_at is None,
        "has_page": bool(wording and one.url),
        "mail": one.get_mail_display() if one.mail == MailState.FAILED else "",
    }


class OpenView(View):
    """Leads to what a notification is about; it has been read then."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        one = get_object_or_404(Notification, recipient=request.user, pk=pk)
        Notification.objects.filter(pk=pk, read_at=None).update(read_at=timezone.now())
        return redirect(one.url or "notifications")


class ChoicesView(View):
    """How the signed-in person wants to be told."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(request, ChoicesForm(user=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ChoicesForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.show(request, form, status=422)
        form.keep(timezone.now())
        messages.success(request, _("Saved."))
        return redirect("notification-choices")

    def show(self, request: HttpRequest, form: ChoicesForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "kinds": [form[name] for name in form.kinds],
            "mail": [form[name] for name in form.Meta.fields],
            "address": request.user.email,
        }
        return render(request, "notifications/choices.html", context, status=status)
