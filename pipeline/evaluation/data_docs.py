"""Data Docs: Great Expectations' own pages over the judgements of a night, drawn from what was stored. The night's report needs none of it.

Nothing is fetched while they are drawn. The pages themselves ask the web for their styles and scripts when they are opened, so that without
a network the index shows no list, and the pages that it leads to are plain.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.core.night import Night
from pipeline.evaluation.expectations import least_value, library, quiet_context, whole_table
from pipeline.evaluation.judgement import Judgement, limit

SITE = "nightshift"


def draw(folder: Path, night: Night, judgements: Iterable[Judgement]) -> Path:
    """Draw a page for each gate, and one of what it expects, into an empty folder; returns the index page.

    A check that nobody could tell is left out: Great Expectations knows no third answer, and would call it met.
    """
    context = quiet_context()
    context.add_data_docs_site(site_name=SITE, site_config=_site(folder))
    told = [judgement for judgement in judgements if judgement.passed is not None]
    for gate in dict.fromkeys(judgement.gate for judgement in told):
        _validate(context, gate, night, [judgement for judgement in told if judgement.gate == gate])
    context.build_data_docs(site_names=[SITE])
    return folder / "index.html"


def _validate(context: Any, gate: str, night: Night, judgements: Sequence[Judgement]) -> None:
    """Judge stored values by stored limits again: the same library, the same answer."""
    core = library()
    suite = context.suites.add(core.ExpectationSuite(name=gate, expectations=list(_expectations(judgements))))
    definition = core.ValidationDefinition(name=gate, data=whole_table(context, gate), suite=suite)
    told = core.Checkpoint(name=gate, validation_definitions=[context.validation_definitions.add(definition)], result_format="BASIC")
    row = pd.DataFrame({judgement.figure: [judgement.value] for judgement in judgements}, dtype="float64")
    told.run(batch_parameters={"dataframe": row}, run_id=core.RunIdentifier(run_name=str(night)))


def _expectations(judgements: Iterable[Judgement]) -> Iterator[Any]:
    for judgement in judgements:
        yield least_value(judgement.figure, judgement.low, judgement.high, judgement.severity, description=_description(judgement))


def _description(judgement: Judgement) -> str:
    """What the check says, escaped: these pages show it as it is, and take a `$` for a parameter."""
    must = f"{judgement.check} ({judgement.severity}): {judgement.figure} must be {limit(judgement.low, judgement.high)}"
    return html.escape(f"{must}; {judgement.reason}").replace("$", "&#36;")


def _site(folder: Path) -> dict[str, Any]:
    backend = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)}
    index = {"class_name": "DefaultSiteIndexBuilder"}
    return {"class_name": "SiteBuilder", "store_backend": backend, "site_index_builder": index, "show_how_to_buttons": False}
