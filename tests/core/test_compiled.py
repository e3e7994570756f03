"""What statements were compiled to is found by the statement, and never by another one."""

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

from app.core import compiled
from app.core.compiled import Compiled

DIALECT = DefaultDialect()
WORDS = sa.table("words", sa.column("id", sa.Integer), sa.column("word", sa.Text))


def key_of(statement, names=()):
    """The key under which SQLAlchemy looks for a statement."""
    return (DIALECT, statement._generate_cache_key()[0], tuple(names), False, False)


def test_a_statement_is_found_by_itself_and_by_its_like():
    cache, one, like = Compiled(), sa.select(WORDS.c.id), sa.select(WORDS.c.id)
    cache[key_of(one)] = "one"
    assert [cache.get(key_of(one)), cache.get(key_of(one)), cache.get(key_of(like)), cache.get(key_of(like))] == ["one"] * 4


def test_another_statement_other_columns_or_another_dialect_finds_nothing():
    cache, one = Compiled(), sa.insert(WORDS)
    cache[key_of(one, ["id"])] = "one"
    assert cache.get(key_of(one, ["id"])) == "one"
    assert cache.get(key_of(one, ["id", "word"])) is None and cache.get(key_of(sa.select(WORDS.c.word))) is None
    assert cache.get((DefaultDialect(), *key_of(one, ["id"])[1:])) is None


def test_statements_made_for_one_request_do_not_pile_up(monkeypatch):
    monkeypatch.setattr(compiled, "MOST", 20)
    cache = Compiled()
    for count in range(100):
        key = key_of(sa.select(WORDS.c.id).limit(1).where(WORDS.c.word == str(count)))
        cache[key] = count if cache.get(key) is None else cache.get(key)
        assert cache.get(key) == 0 or len(cache) <= 20
        assert len(cache._same) <= 20
