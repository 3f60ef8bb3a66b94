"""The cache on Redis goes on in the database when Redis is lost."""

import pytest
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache

from brm.core.caching import ForgivingRedisCache
from tests.servers import free_port, start_redis

pytestmark = pytest.mark.django_db
BRIEF = {"OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}}


@pytest.fixture
def caches_of_both(settings):
    """The database cache under the name the fallback looks for."""
    settings.CACHES = {**settings.CACHES, "database": settings.CACHES["default"]}
    return caches["database"]


def cache_at(port: int) -> ForgivingRedisCache:
    return ForgivingRedisCache(f"redis://127.0.0.1:{port}/0", BRIEF)


def test_without_redis_the_database_answers(caches_of_both):
    cache = cache_at(free_port())
    assert cache.add("tries", 1) is True
    assert cache.add("tries", 1) is False
    assert cache.incr("tries") == 2
    assert cache.get_many(["tries", "other"]) == {"tries": 2}
    assert caches_of_both.get("tries") == 2
    cache.delete("tries")
    assert cache.get("tries") is None


def test_redis_is_used_while_it_lives(caches_of_both):
    port = free_port()
    server = start_redis(port)
    try:
        cache = cache_at(port)
        cache.set("tries", 1)
        assert RedisCache(f"redis://127.0.0.1:{port}/0", BRIEF).get("tries") == 1
        assert caches_of_both.get("tries") is None
    finally:
        server.kill()
        server.wait()
    assert cache.get("tries") is None
