"""Nights run again in the three modes: as they were, with what is known by now, and as another model would have it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import pytest
import sqlalchemy as sa

from pipeline.core.errors import NoModelError, UsageError
from pipeline.core.night import Night
from pipeline.data import chain, server
from pipeline.planning import gaps
from tests.commanding import nightshift, refused
from tests.worlds import SMALL, World, at, trade, transaction

pytestmark = pytest.mark.slow
Rows = Sequence[sa.Row[tuple[object, ...]]]

DAYS = [f"2026-03-{day:02d}" for day in range(2, 9)]  # the fourth is the first with a champion
OLD, NEW = DAYS[4], DAYS[6]  # scored by the models of different nights
SCORES = "SELECT night, transaction_id, score, alert_rank, model_version FROM scoring.current_prediction ORDER BY night, transaction_id"
REGISTRY = ("champion", "training_ledger", "model_version", "excluded_night")


@pytest.fixture(scope="module")
def lived(postgres: server.Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Seven nights of trade; then a row arrives that occurred in an earlier one, and an eighth night seals it."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        world = World.make(server.create_database(postgres, "modes"), tmp_path_factory.mktemp("modes"), monkeypatch)
        world.configure(**SMALL)
        world.make_tables()
        world.bring(trade(DAYS[0], len(DAYS)))
        for day in DAYS:
            world.run(day)
        world.insert("transactions", [transaction(9999, at(f"{OLD} 00:05"), recorded_at=at("2026-03-09 10:00"), amount=5000)])
        world.run("2026-03-09")
        yield world
        world.database.engine.dispose()


def models(world: World) -> tuple[str, str]:
    """The model that scored the old night, and one that was trained after it."""
    versions = [str(version) for (version,) in world.rows("SELECT version FROM scoring.model_version ORDER BY night")]
    old = str(world.scalar(f"SELECT model_version FROM scoring.night_summary WHERE night = '{OLD}'"))
    return old, versions[-1]


def registry(world: World) -> list[Rows]:
    return [world.rows(f"SELECT * FROM scoring.{table} ORDER BY 1") for table in REGISTRY]


def test_as_of_with_the_model_of_the_night_named_gives_the_same_bits(lived: World) -> None:
    before, stood = lived.rows(SCORES), registry(lived)
    old, new = models(lived)
    assert old != new
    lived.run(OLD, model_version=old)
    assert lived.rows(SCORES) == before
    assert registry(lived) == stood


def test_as_of_refuses_a_later_model_and_one_that_was_not_champion(lived: World) -> None:
    before = lived.rows(SCORES)
    _, new = models(lived)
    with pytest.raises(UsageError, match=f"model {new} learned from what was known at the end of night .*what-if"):
        lived.run(OLD, model_version=new)
    earlier = str(lived.scalar("SELECT version FROM scoring.model_version ORDER BY night LIMIT 1"))
    if earlier != models(lived)[0]:
        with pytest.raises(NoModelError, match=f"not with {earlier}: leave it out, or ask with mode what-if"):
            lived.run(OLD, model_version=earlier)
    assert lived.rows(SCORES) == before


def test_what_if_is_kept_beside_and_labelled_and_takes_the_night_from_nobody(lived: World) -> None:
    before, stood = lived.rows(SCORES), registry(lived)
    owner = lived.rows("SELECT * FROM scoring.night_owner ORDER BY night")
    _, new = models(lived)
    run_id = lived.run(OLD, "what-if", new, "would the newest have seen it?")
    assert lived.rows(SCORES) == before
    assert registry(lived) == stood
    assert lived.rows("SELECT * FROM scoring.night_owner ORDER BY night") == owner
    kept = lived.rows(f"SELECT model_version, model_knew_later, reason FROM scoring.what_if_prediction WHERE run_id = {run_id}")
    assert kept == [(new, True, "would the newest have seen it?")] * 140
    assert lived.scalar(f"SELECT mode FROM scoring.night_summary WHERE night = '{OLD}'") == "as-of"
    assert (lived.home / f".nightshift/lake/reports/{OLD}-run-{run_id}.html").is_file()


def test_what_if_with_the_model_of_the_night_says_what_is_published(lived: World) -> None:
    old, _ = models(lived)
    run_id = lived.run(OLD, "what-if", old, "the same again")
    told = "SELECT transaction_id, score, alert_rank, model_knew_later FROM scoring.what_if_prediction WHERE run_id = {} ORDER BY 1"
    standing = f"SELECT transaction_id, score, alert_rank, false FROM scoring.current_prediction WHERE night = '{OLD}' ORDER BY 1"
    assert lived.rows(told.format(run_id)) == lived.rows(standing)


def test_corrected_knows_late_neighbours_and_the_champion_of_now_and_trains_nothing(lived: World) -> None:
    before, stood = lived.rows(SCORES), registry(lived)
    bound = "SELECT count(*), max(bound_at) FROM scoring.seal WHERE bound_at IS NOT NULL"
    sealed = lived.rows(bound)
    run_id = lived.run(OLD, "corrected", reason="a row came four nights late")
    summary = "SELECT mode, mode_because, run_id, model_version FROM scoring.night_summary WHERE night = '{}'"
    champion = lived.scalar("SELECT version FROM scoring.champion_at(clock_timestamp())")
    assert lived.rows(summary.format(OLD)) == [("corrected", "a row came four nights late", run_id, champion)]
    assert lived.rows(f"SELECT count(*) FROM scoring.current_prediction WHERE night = '{OLD}'") == [(140,)]
    assert [row for row in lived.rows(SCORES) if str(row.night) != OLD] == [row for row in before if str(row.night) != OLD]
    assert registry(lived) == stood
    assert lived.rows(bound) == sealed
    assert _mean_counts(lived, run_id) > _mean_counts(lived, _first_run(lived))
    scorecard = "SELECT count(*) FROM scoring.model_scorecard JOIN scoring.model_version ON version = model_version"
    assert lived.scalar(f"{scorecard} WHERE model_version.night >= model_scorecard.night") == 0
    _restored(lived, before)


def test_a_decision_that_changed_is_told_with_its_cause(lived: World) -> None:
    before = lived.rows(SCORES)
    old, _ = models(lived)
    linear = nightshift("train", "--until", DAYS[5], "--learner", "linear_sgd").out.split(":")[0]
    lived.run(OLD, "corrected", linear, "another model and later rows")
    lived.run(OLD, "corrected", old, "the model of then, the same later rows")
    lived.configure(**SMALL | {"alert_budget": 3})
    lived.run(OLD, "corrected", old, "fewer alerts")
    lived.configure(**SMALL)
    _restored(lived, before)
    told = lived.rows("SELECT run_before, run_id, transaction_id, alert_before, alert, cause FROM scoring.decision_change ORDER BY 1, 2, 3")
    assert told == changes_of(lived)
    assert {cause for *_, cause in told} >= {"correction", "model", "alert budget"}


def changes_of(world: World) -> list[tuple[object, ...]]:
    """The same from plain lists of what was published, one publication after the other."""
    published = world.rows("""SELECT publication.night, run.run_id, model_version, sha256 FROM scoring.publication
        JOIN scoring.run USING (run_id) JOIN scoring.seal ON seal_id = features_seal ORDER BY publication.night, published_at""")
    changes: list[tuple[object, ...]] = []
    for (night, before, model_before, features_before), (same, after, model, features) in itertools.pairwise(published):
        if night != same:
            continue
        was, now = (dict(_alerts(world, run_id)) for run_id in (before, after))
        causes = {(True, True): "correction", (True, False): "late data", (False, True): "model", (False, False): "alert budget"}
        cause = causes[features != features_before, model != model_before]
        changes += [(before, after, key, was[key], now[key], cause) for key in sorted(now) if was[key] != now[key]]
    return sorted(changes, key=lambda change: change[:3])  # type: ignore[arg-type, return-value]


def _alerts(world: World, run_id: object) -> list[tuple[int, bool]]:
    rows = world.rows(f"SELECT transaction_id, alert_rank IS NOT NULL FROM scoring.prediction WHERE run_id = {run_id}")
    return [(int(key), bool(alert)) for key, alert in rows]  # type: ignore[call-overload]


def test_a_cleared_run_is_not_repeated_without_a_fresh_reason(lived: World) -> None:
    before = lived.rows(SCORES)
    lived.run(OLD, "corrected", reason="once")
    corrected = lived.rows(SCORES)
    with pytest.raises(UsageError, match="run for the reason 'once' before"):
        lived.run(OLD, "corrected", reason="once")
    with pytest.raises(UsageError, match="run for the reason 'once' before"):
        lived.run(OLD, "what-if", models(lived)[1], "once")
    assert lived.rows(SCORES) == corrected
    _restored(lived, before)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("night", OLD, "--mode", "corect", "--reason", "r"), 2, "did you mean 'corrected'"),
        (("night", OLD, "--mode", "corrected"), 2, "needs a reason"),
        (("night", OLD, "--mode", "what-if", "--reason", "r"), 2, "name its model_version"),
        (("night", OLD, "--mode", "what-if", "--reason", "r", "--model", "x'; DROP TABLE scoring.run; --"), 2, "there is no model"),
        (("night", "2026-03-10", "--mode", "corrected", "--reason", "r"), 2, "was never run to its end"),
        (("backfill", DAYS[5], DAYS[4], "--mode", "corrected", "--reason", "r"), 2, "the range is empty"),
    ],
)
def test_wrong_words_are_refused(lived: World, words: tuple[str, ...], code: int, sentence: str) -> None:
    refused(lived, code, sentence, *words)


def test_a_plan_tells_what_a_backfill_would_do_and_does_nothing(lived: World) -> None:
    runs = lived.scalar("SELECT count(*) FROM scoring.run")
    as_of = nightshift("plan", DAYS[2], "2026-03-10")
    assert as_of.code == 0, as_of
    assert "the same bits again" in as_of.out
    assert "extracts, seals and scores it" in as_of.out
    assert "7 nights, about" in as_of.out
    corrected = nightshift("plan", OLD, OLD, "--mode", "corrected")
    assert "with what is sealed through night 2026-03-09" in corrected.out
    assert nightshift("plan", "2026-03-10", "2026-03-10", "--mode", "corrected").code == 2
    assert lived.scalar("SELECT count(*) FROM scoring.run") == runs


def _first_run(world: World) -> int:
    return int(world.scalar(f"SELECT min(run_id) FROM scoring.publication WHERE night = '{OLD}'"))  # type: ignore[arg-type, call-overload]


def _mean_counts(world: World, run_id: int) -> float:
    """The mean of the customer's counts that a run scored."""
    figure = f"SELECT (figures->>'customer_count_1d.mean')::float FROM scoring.run_step WHERE run_id = {run_id} AND step = 'build_features'"
    return float(world.scalar(figure))  # type: ignore[arg-type]


def _restored(world: World, before: Rows) -> None:
    """Run as-of, the night says again what it said at first."""
    world.run(OLD)
    assert world.rows(SCORES) == before


def test_nothing_is_missing_where_every_night_ran(lived: World) -> None:
    with lived.house(at("2026-03-10 06:00")) as house, house.warehouse.begin() as connection:
        links = chain.links(connection, Night.parse(DAYS[0]), Night.parse("2026-03-09"), house.view.fingerprint)
    assert gaps(links, Night.parse(DAYS[0])) == ()
