"""Who is meant by `@name`, and who of them may see what is talked about."""

from dataclasses import dataclass, field

from brm.core.markup import mentions_in, readings
from brm.core.models import Record, User
from brm.core.roles import sighted

MOST = 50


@dataclass
class Mentions:
    """The people a text names: those who are told, those who may not see the record, and what
    stands after an `@` and names nobody."""

    told: list[User] = field(default_factory=list)
    out_of_sight: list[User] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def resolve(text: str, record: Record) -> Mentions:
    """Who is mentioned in a text about a record; three statements however many they are."""
    written = mentions_in(text)[:MOST]
    if not written:
        return Mentions()
    wanted = {name for one in written for name in readings(one)}
    found = User.objects.filter(username__in=wanted, is_active=True).with_related()
    people = {user.username: user for user in found}
    named: dict[str, User] = {}
    mentions = Mentions()
    for one in written:
        name = next((name for name in readings(one) if name in people), None)
        if name is None:
            mentions.unknown.append(one)
        else:
            named[name] = people[name]
    seeing = sighted(named.values(), type(record), [record.pk]).get(record.pk, set())
    for user in named.values():
        (mentions.told if user.pk in seeing else mentions.out_of_sight).append(user)
    return mentions
