"""What an API token may reach: scopes such as `complaints:read`, `complaints:write`, `*`.

A scope only ever takes away from the rights of the token's owner. `write` includes `read`; `*`
means every resource, `*` alone is `*:write`.
"""

from collections.abc import Iterable

EVERYTHING, READ, WRITE = "*", "read", "write"
# People manage these in the browser: a stolen token must not make itself a successor.
NEVER = frozenset({"tokens", "webhooks"})
READ_ONLY = frozenset({"users", "roles"})


class Scopes(frozenset[str]):
    """The scopes of a token."""

    @classmethod
    def of(cls, names: Iterable[str]) -> "Scopes":
        """The scopes of these names, in their full form."""
        return cls(f"{EVERYTHING}:{WRITE}" if name == EVERYTHING else name for name in names)

    def allow(self, resource: str, verb: str) -> bool:
        """Whether they reach a verb of the role table on a resource."""
        reading = verb in "VX"
        if resource in NEVER or (resource in READ_ONLY and not reading):
            return False
        kinds = (READ, WRITE) if reading else (WRITE,)
        return any(f"{name}:{kind}" in self for name in (resource, EVERYTHING) for kind in kinds)


def all_scopes(resources: Iterable[str]) -> list[str]:
    """Every scope that a token may have, given the resources of the role table."""
    found = [EVERYTHING, f"{EVERYTHING}:{READ}", f"{EVERYTHING}:{WRITE}"]
    for resource in sorted(set(resources) - NEVER):
        found.append(f"{resource}:{READ}")
        if resource not in READ_ONLY:
            found.append(f"{resource}:{WRITE}")
    return found
