"""Machine code: each text was made of the Python that stands beside it."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import pipeline
from pipeline.core.kernels import Kernel

HOUSE = Path(pipeline.__file__).parent
TEXTS = sorted(HOUSE.rglob("*.ll"))


def kernels() -> list[Kernel]:
    """All of the house: they stand in modules named as their texts."""
    modules = [importlib.import_module(".".join(["pipeline", *path.relative_to(HOUSE).with_suffix("").parts])) for path in TEXTS]
    return [each for module in modules for each in vars(module).values() if isinstance(each, Kernel)]


def test_there_are_kernels_and_each_has_its_text() -> None:
    assert TEXTS
    assert sorted(kernel.path for kernel in kernels()) == TEXTS


@pytest.mark.parametrize("kernel", kernels(), ids=lambda kernel: kernel.name)
def test_a_text_was_made_of_the_source_as_it_is(kernel: Kernel) -> None:
    assert kernel.path.read_text().splitlines()[0] == kernel.stamp, f"run 'python -m pipeline.core.kernel_text {kernel.python.__module__}'"


@pytest.mark.parametrize("kernel", kernels(), ids=lambda kernel: kernel.name)
def test_a_text_calls_nothing_but_what_llvm_itself_knows(kernel: Kernel) -> None:
    declared = [line for line in kernel.path.read_text().splitlines() if line.startswith("declare ")]
    assert all("@llvm." in line for line in declared)
    assert "target " not in kernel.path.read_text()
