"""The sides of bench/night.py, each run in a process of its own, on one thread, with a database of its own to write to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.parts import night_world, packages
from bench.parts.measure import ONE_THREAD, Cost, read_costs
from bench.parts.night_profile import Spent, read_profile
from bench.parts.night_world import FRESH, World
from pipeline.core.night import Night

COLD, WARM, EVE, PROFILED, FLOOR, PANDAS = "cold", "warm", "eve", "profiled", "floor", "pandas"
MISSING: Mapping[str, Callable[[], str | None]] = {
    PANDAS: lambda: None,
    "duckdb": packages.missing_for_duckdb,
    "spark": packages.missing_for_spark,
}
LEFT_OUT = "was left out"
Costs = Mapping[str, Cost]


@dataclass(frozen=True)
class Written:
    """Where a side left its features, and its scores: a query in its database."""

    features: Path
    database: str
    scores: str


def plain_sides(without: Collection[str]) -> tuple[list[str], dict[str, str]]:
    """Those that can run here and are not to be left out, and the others with what they lack."""
    lacks = {name: LEFT_OUT if name in without else missing() for name, missing in MISSING.items()}
    lacks |= {WARM: LEFT_OUT} if WARM in without else {}
    return [name for name, lack in lacks.items() if lack is None], {name: lack for name, lack in lacks.items() if lack}


def turn(world: World, side: str, place: int) -> Costs:
    """A side's run of that turn; one that lies in the world already, since it was interrupted or is kept, is not repeated."""
    if kept := kept_turn(world.home, side, place):
        return kept
    costs = run(world, side)
    _costs(world, side).rename(_kept(world.home, side, place))
    return costs


def kept_turn(home: Path, side: str, place: int) -> Costs | None:
    """What that turn cost, if it was run already in the world that lies there."""
    path = _kept(home, side, place)
    return read_costs(path) if path.exists() else None


def run(world: World, side: str) -> Costs:
    """One run of one side."""
    if side == EVE:
        return _ours(world, EVE, world.night.back(1), FRESH)
    if side == PROFILED:
        return _ours(world, PROFILED, world.night, FRESH, "--profile", str(_profile(world)))
    if side == FLOOR:
        more = ("--source", world.source, "--rows", str(world.home / "files" / "transactions.parquet"))
        return _child("bench.parts.night_floor", world, side, world.night, {}, *more, features=features_of(world, COLD))
    if side in MISSING:
        return _plain(world, side)
    return _ours(world, side, world.night, EVE if side == WARM else FRESH)


def run_profiled(world: World) -> tuple[Costs, list[Spent]]:
    """A cold night under the profiler: what its functions cost beside each other, not what a night costs."""
    return turn(world, PROFILED, 0), read_profile(_profile(world))


def features_of(world: World, side: str) -> Path:
    return world.home / f"features-{side}.parquet"


def written(world: World, side: str) -> Written:
    """What a side left when it ran last."""
    table = "prediction" if side in MISSING else "scoring.prediction"
    return Written(features_of(world, side), side, f"SELECT transaction_id, score FROM {table}")


def _ours(world: World, side: str, night: Night, of: str, *more: str) -> Costs:
    return _child("bench.parts.our_night", world, side, night, night_world.copy_for_run(world, side, of), *more)


def _plain(world: World, side: str) -> Costs:
    target = night_world.copy_for_run(world, side)["NIGHTSHIFT_WAREHOUSE_URL"]
    more = ("--source", world.source, "--target", target, "--model", str(world.plain_model))
    return _child(f"bench.parts.{side}_night", world, side, world.night, packages.environment(), *more)


def _child(
    module: str, world: World, side: str, night: Night, environment: Mapping[str, str], *more: str, features: Path | None = None
) -> Costs:
    """Run one side in a process of its own."""
    costs = _costs(world, side)
    if features is None:
        features = features_of(world, side)
        _remove(features)
    asked = ("--night", str(night), "--server-data", str(world.data), "--costs", str(costs), "--features", str(features))
    command = [sys.executable, "-m", module, *asked, *more]
    ended = subprocess.run(command, check=False, env={**os.environ, **ONE_THREAD, **environment}, stderr=subprocess.PIPE, text=True)
    if ended.returncode:
        raise SystemExit(f"{module} ended with {ended.returncode}:\n{ended.stderr[-2_000:]}")
    return read_costs(costs)


def _costs(world: World, side: str) -> Path:
    return world.home / f"costs-{side}.json"


def _profile(world: World) -> Path:
    return world.home / "profile.json"


def _kept(home: Path, side: str, place: int) -> Path:
    return home / f"costs-{side}-{place}.json"


def _remove(features: Path) -> None:
    """A file, or Spark's folder of files."""
    shutil.rmtree(features) if features.is_dir() else features.unlink(missing_ok=True)
