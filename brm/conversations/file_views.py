"""Files over the web: bounded before anything is read, served so that no browser runs them."""

from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from . import actions
from .files import LARGEST, FileRefused
from .files.kinds import KINDS
from .forms import UploadForm
from .models import Attachment
from .panels import TAB
from .records import may_attach
from .showing import conversation
from .views import ConversationPage

# What a form needs beside the file itself: its parts' headers and the CSRF token.
LARGEST_BODY = LARGEST + 64 * 1024
POLICY = "default-src 'none'; sandbox"


def is_too_large(request: HttpRequest) -> bool:
    """Whether the body is larger than one with a file may be; told by its length, unread."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return not length.isdigit() or int(length) > LARGEST_BODY


# The CSRF check reads the whole body to find its token: it has to wait for the look at the length.
@method_decorator(csrf_exempt, name="dispatch")
class UploadPage(ConversationPage):
    """Put a file beside the record."""

    focused = "file"

    http_method_names = ["post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and is_too_large(request):
            context = {"most": LARGEST // 1_000_000}
            return render(request, "conversations/too_large.html", context, status=413)
        checked = csrf_protect(super().dispatch)
        return checked(request, *args, **kwargs)

    def post(self, request: HttpRequest, resource: str, pk: int) -> HttpResponse:
        if not may_attach(request.user, self.record):
            raise PermissionDenied
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.show(422, upload=form)
        file = form.cleaned_data["file"]
        try:
            actions.attach(
                self.record, file, file.name, file.size, by=request.user, now=timezone.now()
            )
        except FileRefused as refused:
            form.add_error("file", str(refused))
            return self.show(422, upload=form)
        return self.done(_("“%(name)s” was added.") % {"name": file.name})


class FilePage(ConversationPage):
    """Base of the pages of one file: whoever sees the record sees it."""

    def next_page(self) -> str:
        return self.record.get_absolute_url() + TAB

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        found = Attachment.objects.visible_to(request.user).select_related("author")
        self.attachment = get_object_or_404(found, pk=kwargs["pk"])
        self.record = self.find(self.attachment.parent_resource, self.attachment.parent_id)
        return super().dispatch(request, *args, **kwargs)


class ContentPage(FilePage):
    """The file, as a download."""

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        return content_of(self.attachment)


class DeleteFilePage(FilePage):
    """Ask, then delete a file."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.check()
        context = conversation(request, self.record)
        context |= {"what": f"“{self.attachment.name}”", "quote": ""}
        return render(request, "conversations/delete.html", context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.check()
        actions.take_back(self.attachment)
        return self.done(_("“%(name)s” was deleted.") % {"name": self.attachment.name})

    def check(self) -> None:
        if not actions.may_take_back(self.attachment, self.request.user):
            raise PermissionDenied


def content_of(attachment: Attachment) -> FileResponse:
    """The file, streamed, as a download that no browser shows or runs; raises Http404 if it is
    gone from the disk."""
    path: Path = attachment.path
    try:
        content = path.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(
        content,
        as_attachment=True,
        filename=attachment.name,
        content_type=KINDS[attachment.kind].content_type,
    )
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response
