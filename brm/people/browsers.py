"""Says in words which browser a User-Agent header stands for; a guess, for people to recognise."""

from django.utils.translation import gettext as _

# The first that is found counts: Edge calls itself Chrome, Chrome calls itself Safari.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
    "curl/": "curl",
    "python": "Python",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def described(user_agent: str) -> str:
    """Such as "Firefox · Windows"; the header itself, shortened, where nothing is recognised."""
    found = [_first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)]
    return " · ".join(filter(None, found)) or user_agent[:60] or _("Unknown browser")


def _first(names: dict[str, str], text: str) -> str:
    return next((name for mark, name in names.items() if mark in text), "")
