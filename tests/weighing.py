"""What a first visit to a page costs: requests and compressed bytes."""

import gzip
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders

BYTES, REQUESTS = 60 * 1024, 6
SOURCES = r'<(?:script|img)\b[^>]*\bsrc="([^"]+)"|<link rel="stylesheet" href="([^"]+)"'


@dataclass(frozen=True)
class Weight:
    """How many requests and compressed bytes a page is, with all the files it loads."""

    requests: int
    size: int

    @property
    def is_light(self) -> bool:
        """Whether both stay within the bounds."""
        return self.requests <= REQUESTS and self.size <= BYTES


def weigh(response: Any) -> Weight:
    """The weight of a page of the test client."""
    found = {one or other for one, other in re.findall(SOURCES, response.content.decode())}
    files = [Path(finders.find(address.removeprefix("/static/"))) for address in sorted(found)]
    bodies = [response.content, *(path.read_bytes() for path in files)]
    return Weight(len(bodies), sum(len(gzip.compress(body)) for body in bodies))
