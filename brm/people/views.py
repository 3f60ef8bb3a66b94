"""Pages of users: administrators make them, give roles and end their sessions."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from brm.core.crud import Column, CreateView, CrudViews, UpdateView
from brm.core.models import User
from brm.core.navigation import DATA
from brm.core.roles import ROLES, may

from .links import send_later
from .models import Purpose
from .sessions import end_sessions


class UserForm(forms.ModelForm):
    """A user with roles; a password is set here only by an administrator."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=ROLES.items(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    new_password = forms.CharField(
        label=_("New password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. Leave empty to keep the present one."),
    )
    invite = forms.BooleanField(
        label=_("Send an invitation"),
        required=False,
        initial=True,
        help_text=_("A link by mail, with which the person chooses a password."),
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ["username", "new_password"]  # browsers look for the name before the password

    class Meta:
        model = User
        fields = ["username", "name", "email", "language", "time_zone", "is_active"]
        widgets = {"username": forms.TextInput(attrs={"autocomplete": "username"})}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.editor = user
        if self.instance.pk:
            del self.fields["invite"]
            self.initial["roles"] = list(self.instance.groups.values_list("name", flat=True))
        if self.instance.pk == user.pk:
            self.fields["roles"].disabled = True
            self.fields["is_active"].disabled = True
            self.fields["roles"].help_text = _("Nobody changes the own roles.")

    def clean_new_password(self) -> str:
        password = self.cleaned_data["new_password"]
        if password:
            validate_password(password, self.instance)
        return password

    def save(self, commit: bool = True) -> User:
        user = super().save(commit=False)
        if self.cleaned_data["new_password"]:
            user.set_password(self.cleaned_data["new_password"])
        elif not user.pk:
            user.set_unusable_password()
        user.save()
        if self.cleaned_data["new_password"] or not user.is_active:
            end_sessions(user)
        if self.cleaned_data.get("invite") and user.email and not user.has_usable_password():
            send_later(user.pk, Purpose.INVITATION, by=self.editor)
        if user.pk != self.editor.pk:
            user.groups.set(Group.objects.filter(name__in=self.cleaned_data["roles"]))
        return user


class UserCreateView(CreateView):
    """A new user."""

    def form(self, *args: Any, **kwargs: Any) -> UserForm:
        return UserForm(*args, user=self.request.user, **kwargs)


class UserUpdateView(UpdateView):
    """Roles, name and access of a user."""

    def form(self, *args: Any, **kwargs: Any) -> UserForm:
        return UserForm(*args, user=self.request.user, **kwargs)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if request.user.is_demo and not self.get_record().is_demo:
            raise PermissionDenied
        return super().post(request, pk)


class UserViews(CrudViews):
    model = User
    icon = "users"
    group, order = DATA, 90
    columns = ["name", "username", Column("roles_in_words", _("Roles")), "email", "is_active"]
    fields = ["username", "name", "email", "language", "time_zone", "is_active"]
    shown = [
        "username",
        "name",
        Column("roles_in_words", _("Roles")),
        "email",
        "language",
        "time_zone",
        "is_active",
        "last_login",
    ]
    ordering = "username"
    private = ("email", "last_login")
    create_view = UserCreateView
    update_view = UserUpdateView
    empty_text = _("Users are the people and integrations that sign in.")

    @classmethod
    def get_queryset(cls) -> QuerySet:
        return User.objects.with_related()

    @classmethod
    def hidden(cls, record: User, user: Any) -> Sequence[str]:
        """As by the API: an e-mail address is for administrators and for its owner."""
        return () if record.pk == user.pk or may(user, "U", "users") else cls.private

    @classmethod
    def actions(cls, record: User, request: HttpRequest) -> list[dict[str, Any]]:
        """What an administrator does about a user beside editing him."""
        if not may(request.user, "U", "users"):
            return []
        buttons = [
            ("users-sessions", _("Sessions"), "monitor"),
            ("users-hand-over", _("Hand over"), "arrow-right-left"),
        ]
        if record.is_active and not record.has_usable_password():
            buttons.insert(0, ("users-invite", _("Invite"), "mail"))
        return [
            {"label": label, "icon": icon, "url": reverse(name, args=[record.pk]), "primary": False}
            for name, label, icon in buttons
        ]

    @classmethod
    def may_delete(cls, user: Any) -> bool:
        """Users are deactivated, never deleted: history names them."""
        return False
