"""The first start without demo data: the organisation and its first administrator.

Open only while there is no user at all, and only to whom reads the console: the code printed there
by `up` (or by `manage.py setup_code`) is needed, works once and is stored as a hash.
"""

import hashlib
import secrets
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.generic import View

from brm.core import origin
from brm.core.models import User
from brm.environment import organisation_file

from . import limits
from .addresses import client_address, network_of
from .models import SetupCode

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is taken for another
GROUPS, LENGTH = 4, 5  # 100 bits

# The settings that the set-up asks for, and the fields of its form.
ASKED = {"BRM_TIME_ZONE": "time_zone", "BRM_BASE_CURRENCY": "base_currency"}


def is_open() -> bool:
    """Whether nobody can sign in yet."""
    return not User.objects.exists()


def new_code() -> str:
    """A fresh code in place of any older one; only its hash is stored."""
    code = "-".join(
        "".join(secrets.choice(LETTERS) for _n in range(LENGTH)) for _g in range(GROUPS)
    )
    with transaction.atomic():
        SetupCode.objects.all().delete()
        SetupCode.objects.create(code_hash=hash_of(code))
    return code


def hash_of(code: str) -> str:
    """The stored form of a code, however it was typed."""
    plain = "".join(letter for letter in code.upper() if letter in LETTERS)
    return hashlib.sha256(plain.encode()).hexdigest()


class SetupForm(forms.Form):
    """The organisation's values, unless the environment gives them, and the administrator."""

    code = forms.CharField(
        label=gettext_lazy("Code from the console"),
        max_length=60,
        help_text=gettext_lazy("It was printed where the product was started."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Decides which day and month an event belongs to."),
    )
    base_currency = forms.ChoiceField(
        label=gettext_lazy("Base currency"),
        help_text=gettext_lazy("Amounts of all currencies are summed in it."),
    )
    name = forms.CharField(label=gettext_lazy("Your name"), max_length=200)
    email = forms.EmailField(label=gettext_lazy("E-mail"))
    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=150,
        validators=[User.username_validator],
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 12 characters."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(name, name.replace("_", " ")) for name in sorted(available_timezones())]
        self.fields["time_zone"].choices = zones
        self.fields["base_currency"].choices = currencies()
        self.initial |= {
            "time_zone": settings.BRM.time_zone.key,
            "base_currency": settings.BRM.base_currency,
        }
        for variable, field in ASKED.items():
            if variable in settings.GIVEN:
                self.fields[field].disabled = True
                self.fields[field].help_text = _("Given by %(name)s in the environment.") % {
                    "name": variable
                }

    def clean_password(self) -> str:
        data = self.cleaned_data
        person = User(username=data.get("username", ""), name=data.get("name", ""))
        person.email = data.get("email", "")
        validate_password(data["password"], person)
        return data["password"]


def currencies() -> list[tuple[str, str]]:
    """Currency codes with their names in the reader's language."""
    locale = Locale.parse(translation.to_locale(translation.get_language() or "en"))
    names = locale.currencies.items()
    return [(code, f"{code} – {name}") for code, name in sorted(names)]


@method_decorator([login_not_required, never_cache], name="dispatch")
class SetupView(View):
    """The set-up; a 404 as soon as there is a user."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_open():
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "people/setup.html", {"form": SetupForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SetupForm(request.POST)
        person = None
        if form.is_valid():
            try:
                person = set_up(request, form.cleaned_data)
            except limits.TooMany:
                form.add_error("code", _("Too many wrong codes. Please wait a few minutes."))
            except WrongCode:
                form.add_error("code", _("This is not the code that was printed last."))
        if person is None:
            return render(request, "people/setup.html", {"form": form}, status=422)
        login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
        return redirect("imports-new")


class WrongCode(Exception):
    """The code is not the last one printed, or somebody used it."""


def set_up(request: HttpRequest, data: dict[str, Any]) -> User:
    """Use the code up, make the administrator, write the organisation's values.

    Raises WrongCode and limits.TooMany. Of two who send the right code at once one succeeds.
    """
    sender = network_of(client_address(request) or "")
    tries = limits.count({f"set-up {sender}": limits.WRONG_PER_ACCOUNT}, timezone.now())
    with transaction.atomic():
        used, _by_model = SetupCode.objects.filter(code_hash=hash_of(data["code"])).delete()
        if not used or not is_open():
            raise WrongCode
        person = User(username=data["username"], name=data["name"], email=data["email"])
        person.set_password(data["password"])
        with origin.acting(user=None):
            person.save()
        person.groups.set(Group.objects.filter(name="administrator"))
        chosen = {variable: data[field] for variable, field in ASKED.items()}
        organisation_file(settings.VAR_DIR).write(
            {key: value for key, value in chosen.items() if key not in settings.GIVEN}
        )
    tries.take_back()
    return person
