"""The learners that the setting `learner` may name."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.scoring.boosted_trees import BoostedTrees
from pipeline.scoring.learner import Learner
from pipeline.scoring.linear_sgd import LinearSgd

LEARNERS: Mapping[str, Learner] = {learner.name: learner for learner in (BoostedTrees(), LinearSgd())}
