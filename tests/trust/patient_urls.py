"""The product's addresses and one that takes its time, for servers that are told to stop."""

import time

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from brm.urls import handler500
from brm.urls import urlpatterns as pages

__all__ = ["handler500"]


@login_not_required
def patient(request: HttpRequest) -> HttpResponse:
    """Answers after two seconds, wholly or not at all."""
    time.sleep(2)
    return HttpResponse("whole")


urlpatterns = [*pages, path("patient/", patient)]
