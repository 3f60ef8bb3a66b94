"""Composes the whole script of the demo, in one fixed order: the order is part of the seed."""

import random
from datetime import datetime

from django.conf import settings

from . import direction, exchange, fates, goals, merging, portfolio, relations, talking
from .calendar import DemoCalendar
from .cast import Cast
from .listening import Listening
from .purse import Purse
from .voices import Voices
from .world import World


def compose(*, seed: int, now: datetime, cast: Cast) -> World:
    """The script of two years that end in the last night before `now`; nothing is written."""
    calendar = DemoCalendar(now, settings.BRM.time_zone, settings.BRM.nightly_at)
    world = World(random.Random(seed), calendar, cast)
    exchange.tell(world)
    services = portfolio.build(world)
    customers = relations.build(world, services)
    fates.tell(world, services, customers)
    direction.tell(world, services, customers)
    Purse(world, services).tell()
    voices = Voices(world, services, customers)
    voices.tell()
    Listening(world, services, customers).tell()
    goals.tell(world)
    merging.tell(world, customers)
    talking.tell(world, voices, customers)
    return world
