"""What a browser reads from a page and sends back."""

import html
import re
from datetime import date
from typing import Any


def text_of(response: Any) -> str:
    """The text of a page, without its tags."""
    return html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))


def form_data(response: Any) -> dict[str, Any]:
    """What a browser would send: the values of the page's form."""
    form = response.context["form"]
    data = {}
    for bound in form:
        value = bound.value()
        if value is not None and value is not False:
            data[bound.html_name] = (
                value.isoformat() if isinstance(value, date) else getattr(value, "pk", value)
            )
    return data
