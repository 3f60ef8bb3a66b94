"""What the demo's people said about a few of its records, after all else was written."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from brm.conversations.models import Comment, Follow
from brm.core.models import Record
from brm.core.origin import Door, acting

from .fates import LEAVES_AGO
from .marking import mark
from .relations import Relations
from .voices import Voices
from .world import World


@dataclass(frozen=True)
class Line:
    """Somebody says something about a record, so long after the record's own day."""

    record: Record
    at: datetime
    author: str
    text: str
    mentioned: tuple[str, ...] = ()


def tell(world: World, voices: Voices, relations: Relations) -> None:
    """Put the comments after everything else; without users there is nobody to speak."""
    first, last = voices.theme[0], voices.theme[-1]
    leaver = relations.customers[relations.key("leaver")]
    survivor = relations.customers[relations.key("survivor")]
    notice = world.calendar.at(world.calendar.day(LEAVES_AGO, 4), 11)
    talk = world.calendar.at(world.calendar.day(1, 9), 15)
    day, hours = timedelta(days=1), timedelta(hours=3)
    lines = [
        Line(
            first,
            first.received_at + hours,
            "operations",
            "Same picture at every site: orders stop at the approval step since the release."
            "\n\n- restarting helps for about an hour\n- the supplier has been told\n\n"
            "@lead, this will not stay the only complaint.",
            ("lead",),
        ),
        Line(first, first.received_at + day, "lead", "Thank you. I am calling the customer today."),
        Line(
            last,
            last.received_at + hours,
            "lead",
            "**Agreed with the customer:** a weekly status until orders run again.",
        ),
        Line(
            leaver,
            notice,
            "lead",
            "They named the complaints of the past months as the reason, not the price.",
        ),
        Line(leaver, notice + day, "executive", "Let us keep the door open. Who stays in touch?"),
        Line(survivor, talk, "lead", "联系人已更新，下次会议改用中文。"),
    ]
    end = world.calendar.last_night
    world.act(end, lambda _at: _say(world, [line for line in lines if line.at <= end]))


def _say(world: World, lines: list[Line]) -> None:
    said = [_write(world, line) for line in lines if world.user(line.author) is not None]
    mark({Comment: [comment.pk for comment in said]})
    Follow.objects.bulk_create(
        [
            Follow(
                parent_resource=comment.parent_resource,
                parent_id=comment.parent_id,
                user_id=comment.author_id,
                since=comment.created_at,
            )
            for comment in said
        ],
        ignore_conflicts=True,
    )


def _write(world: World, line: Line) -> Comment:
    author = world.user(line.author)
    comment = Comment(
        parent_resource=line.record.resource,
        parent_id=line.record.pk,
        author=author,
        text=line.text,
        mentioned=[name for name in line.mentioned if world.user(name) is not None],
    )
    comment.replayed_at = line.at
    with acting(user=author, door=Door.PAGE):
        comment.save()
    return comment
