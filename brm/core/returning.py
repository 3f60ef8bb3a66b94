"""Going back to a page that a form names."""

from django.http import HttpRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme


def go_back(request: HttpRequest, target: str, otherwise: str = "/") -> HttpResponseRedirect:
    """A redirect to `target` if that is an address of this product, else to `otherwise`.

    The text is an address and nothing else: it is never looked up as the name of a page.
    """
    own = url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(target if target.startswith("/") and own else otherwise)
