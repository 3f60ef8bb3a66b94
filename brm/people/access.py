"""Who may treat the accounts of others."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from brm.core.explaining import require
from brm.core.models import User
from brm.core.roles import may


def refuse_others(request: HttpRequest, pk: int) -> None:
    """Raise unless the user may change user `pk`; a demo administrator stays among demo users."""
    if not may(request.user, "V", "users"):
        raise Http404
    require(request.user, "U", "users")
    if request.user.is_demo and not User.objects.filter(pk=pk, is_demo=True).exists():
        raise PermissionDenied
