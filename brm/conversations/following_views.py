"""What one follows, leaving it, and when one follows by oneself."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.generic import View

from brm.core.crud import REGISTRY

from . import following
from .forms import WishesForm
from .models import Follow, FollowWishes
from .panels import conversation_address, unfollow_address
from .querysets import discussed
from .records import visible_record
from .showing import conversation

PAGE = 50


class UnfollowView(View):
    """Follow a record no longer; open to whoever lost the right to see it, too."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, resource: str, pk: int) -> HttpResponse:
        if resource not in discussed():
            raise Http404
        following.unfollow(resource, pk, by=request.user)
        messages.success(request, _("You do not follow this record any more."))
        record = visible_record(request.user, resource, pk)
        address = conversation_address(record, request.user) if record else None
        if address is None:
            return redirect("conversation-following")
        if request.htmx:
            context = {**conversation(request, record), "focused": "follow"}
            return render(request, "conversations/_conversation.html", context)
        return redirect(address)


class FollowingPage(View):
    """GET: the records one follows, newest first. POST: when one follows by oneself."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(request, WishesForm(instance=self.wishes(request)))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = WishesForm(request.POST, instance=self.wishes(request))
        if not form.is_valid():
            return self.show(request, form, 422)
        form.save()
        messages.success(request, _("Saved."))
        return redirect("conversation-following")

    def wishes(self, request: HttpRequest) -> FollowWishes:
        found = FollowWishes.objects.filter(user=request.user).first()
        return found or FollowWishes(user=request.user)

    def show(self, request: HttpRequest, form: WishesForm, status: int = 200) -> HttpResponse:
        rows = Follow.objects.filter(user=request.user, is_active=True)
        before = request.GET.get("before", "")
        if before.isascii() and before.isdigit() and len(before) < 19:
            rows = rows.filter(pk__lt=int(before))
        follows = list(rows.order_by("-pk")[: PAGE + 1])
        context = {
            "items": followed(request, follows[:PAGE]),
            "older": follows[PAGE - 1].pk if len(follows) > PAGE else None,
            "form": form,
        }
        return render(request, "conversations/following.html", context, status=status)


def followed(request: HttpRequest, follows: list[Follow]) -> list[dict[str, object]]:
    """The follows as the page shows them; one statement for each kind of record among them.

    Of a record that is out of sight nothing is shown but that it is followed.
    """
    keys: dict[str, list[int]] = {}
    for one in follows:
        keys.setdefault(one.parent_resource, []).append(one.parent_id)
    known = discussed()
    records = {
        (resource, record.pk): record
        for resource, ids in keys.items()
        if resource in known
        for record in known[resource].objects.visible_to(request.user).filter(pk__in=ids)
    }
    return [_shown(one, records.get((one.parent_resource, one.parent_id))) for one in follows]


def _shown(one: Follow, record: object) -> dict[str, object]:
    pages = REGISTRY.get(one.parent_resource)
    return {
        "icon": pages.icon if record and pages else "eye-off",
        "title": str(record) if record else _("A record you may not see, or no longer."),
        "kind": pages.label if record and pages else "",
        "url": record.get_absolute_url() if record else "",
        "since": one.since,
        "unfollow_url": unfollow_address(one.parent_resource, one.parent_id),
    }
