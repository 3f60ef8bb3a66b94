"""The tab on every record's page."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from brm.core.crud import Tab, register_tab
from brm.core.models import Record
from brm.core.roles import may

from .models import Comment

TAB = "#conversation"


def conversation_address(record: Any, user: Any) -> str | None:
    """Where the conversation about a record is; None where there is none to see."""
    if not isinstance(record, Record) or not may(user, "V", Comment.resource):
        return None
    return reverse("conversation", args=[record.resource, record.pk])


def unfollow_address(resource: str, key: int) -> str:
    """Where a POST ends following."""
    return reverse("conversation-unfollow", args=[resource, key])


register_tab(Tab("conversation", gettext_lazy("Conversation"), conversation_address, order=10))
