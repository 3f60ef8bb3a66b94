"""The pages of a conversation; htmx is answered with the tab's content alone."""

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import View

from brm.core.models import Record, User
from brm.core.roles import may, sighted

from . import actions, following
from .forms import CommentForm
from .mentions import Mentions
from .models import Comment
from .panels import TAB, conversation_address
from .records import visible_record
from .showing import conversation

PEOPLE = 8  # offered after an @
LOOKED_AT = 200
TONES = {messages.SUCCESS: "good", messages.WARNING: "warn"}


class ConversationPage(View):
    """Base: the record of the address, which the user must see; else 404.

    `focused` is what gets the focus once htmx has swapped in the answer of a POST.
    """

    focused = "text"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "resource" in kwargs:
            self.record = self.find(kwargs["resource"], kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def find(self, resource: str, key: int) -> Record:
        record = visible_record(self.request.user, resource, key)
        if record is None or conversation_address(record, self.request.user) is None:
            raise Http404
        return record

    def require(self, verb: str, resource: str) -> None:
        if not may(self.request.user, verb, resource):
            raise PermissionDenied

    def show(self, status: int = 200, **forms: Any) -> HttpResponse:
        """The conversation; htmx swaps answers of success only, so a refusal is one for it."""
        context = conversation(self.request, self.record, **forms)
        context["focused"] = self.focused if self.request.method == "POST" else ""
        if self.request.htmx:
            return render(self.request, "conversations/_conversation.html", context)
        return render(self.request, "conversations/page.html", context, status=status)

    def done(self, text: str = "", level: int = messages.SUCCESS) -> HttpResponse:
        """After a write: the conversation as it is now, and what came of it."""
        if self.request.htmx:
            response = self.show()
            if text:
                toast = {"text": text, "tone": TONES[level]}
                response["HX-Trigger"] = json.dumps({"toast": toast})
            return response
        if text:
            messages.add_message(self.request, level, text)
        return redirect(self.next_page())

    def next_page(self) -> str:
        """Where a browser that sent a form goes on."""
        return conversation_address(self.record, self.request.user)


class ShowPage(ConversationPage):
    """GET: the conversation. POST: a comment."""

    def get(self, request: HttpRequest, resource: str, pk: int) -> HttpResponse:
        return self.show()

    def post(self, request: HttpRequest, resource: str, pk: int) -> HttpResponse:
        self.require("C", Comment.resource)
        form = CommentForm(request.POST)
        if not form.is_valid():
            return self.show(422, form=form)
        text = form.cleaned_data["text"]
        said = actions.say(self.record, text, by=request.user, now=timezone.now())
        return self.done(untold(said.mentions), messages.WARNING)


class PeopleView(ConversationPage):
    """What the picker after an `@` offers: people who may see the record."""

    def get(self, request: HttpRequest, resource: str, pk: int) -> HttpResponse:
        text = request.GET.get("q", "")[:150]
        found = User.objects.visible_to(request.user).filter(is_active=True)
        if text:
            found = found.filter(username__icontains=text) | found.filter(name__icontains=text)
        people = list(found.with_related().order_by("username")[:LOOKED_AT])
        seeing = sighted(people, type(self.record), [self.record.pk]).get(self.record.pk, ())
        options = [
            {"value": user.username, "label": f"@{user.username}", "sub": user.name}
            for user in people
            if user.pk in seeing
        ]
        context = {"options": options[:PEOPLE], "more": len(options) > PEOPLE}
        return render(request, "components/options.html", context)


class FollowView(ConversationPage):
    """Follow the record."""

    focused = "follow"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, resource: str, pk: int) -> HttpResponse:
        self.require("C", "followers")
        following.follow(self.record, by=request.user, now=timezone.now())
        return self.done(_("You follow this record now."))


class CommentPage(ConversationPage):
    """Base of the pages of one comment."""

    def next_page(self) -> str:
        return self.record.get_absolute_url() + TAB

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        found = Comment.objects.visible_to(request.user).select_related("author")
        self.comment = get_object_or_404(found, pk=kwargs["pk"])
        self.record = self.find(self.comment.parent_resource, self.comment.parent_id)
        return super().dispatch(request, *args, **kwargs)


class EditPage(CommentPage):
    """Change the own words."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.require("U", Comment.resource)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not actions.may_correct(self.comment, request.user, timezone.now()):
            raise PermissionDenied
        return self.ask(CommentForm(initial={"text": self.comment.text}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = CommentForm(request.POST)
        if not form.is_valid():
            return self.ask(form, 422)
        said = actions.correct(
            self.comment,
            self.record,
            form.cleaned_data["text"],
            by=request.user,
            now=timezone.now(),
        )
        return self.done(untold(said.mentions), messages.WARNING)

    def ask(self, form: CommentForm, status: int = 200) -> HttpResponse:
        context = {**conversation(self.request, self.record), "form": form}
        return render(self.request, "conversations/edit.html", context, status=status)


class DeletePage(CommentPage):
    """Ask, then delete a comment."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.check()
        context = conversation(request, self.record)
        context |= {"what": _("this comment"), "quote": self.comment.text}
        return render(request, "conversations/delete.html", context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.check()
        actions.take_back(self.comment)
        return self.done(_("The comment was deleted."))

    def check(self) -> None:
        if not actions.may_take_back(self.comment, self.request.user):
            raise PermissionDenied


def untold(mentions: Mentions) -> str:
    """What the author must know of those he named and who were not told; empty if all were."""
    texts = []
    if names := [f"@{user.username}" for user in mentions.out_of_sight]:
        text = ngettext(
            "%(names)s may not see this record and was not told.",
            "%(names)s may not see this record and were not told.",
            len(names),
        )
        texts.append(text % {"names": ", ".join(names)})
    if names := [f"@{name}" for name in mentions.unknown]:
        texts.append(_("Nobody here is called %(names)s.") % {"names": ", ".join(names)})
    return " ".join(texts)
