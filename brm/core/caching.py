"""The cache on Redis that survives the loss of Redis."""

from collections.abc import Callable
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError


def or_database(name: str) -> Callable[..., Any]:
    """The cache method `name` on Redis, answered by the database cache when Redis fails."""

    def method(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return getattr(RedisCache, name)(self, *args, **kwargs)
        except (RedisError, OSError):
            return getattr(caches["database"], name)(*args, **kwargs)

    method.__name__ = name
    return method


class ForgivingRedisCache(RedisCache):
    """Redis first, the database when it does not answer: limits go on, no page fails."""

    add = or_database("add")
    get = or_database("get")
    set = or_database("set")
    touch = or_database("touch")
    delete = or_database("delete")
    get_many = or_database("get_many")
    has_key = or_database("has_key")
    incr = or_database("incr")
    set_many = or_database("set_many")
    delete_many = or_database("delete_many")
    clear = or_database("clear")
