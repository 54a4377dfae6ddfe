"""Loops that NumPy cannot say, as machine code: written in Python, kept beside as LLVM's text, compiled for the machine that runs them.

Numba makes the text (`python -m pipeline.core.kernel_text`) and is not needed to run it: it takes 2.4 CPU seconds to import and to load
a function from its cache, LLVM compiles a text in 0.1. Nothing is written anywhere, so that a read-only checkout is as good as any.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
Codes: TypeAlias = npt.NDArray[np.int32]
Words: TypeAlias = npt.NDArray[np.uint32]
Bytes: TypeAlias = npt.NDArray[np.uint8]

# what the annotations of a kernel's parameters mean; arrays have one dimension and no gaps
ARRAYS = MappingProxyType({"Floats": np.float64, "Integers": np.int64, "Codes": np.int32, "Words": np.uint32, "Bytes": np.uint8})
NUMBERS = MappingProxyType({"int": ctypes.c_int64, "float": ctypes.c_double})


@dataclass(frozen=True)
class Kernel:
    """A function that fills some of its arrays, as machine code. `python` is the same as it is written: slow, and the text's source.

    An argument of another type than its parameter is a `ctypes.ArgumentError`. No place in an array is checked: that is the caller's.
    """

    python: Callable[..., None]

    @property
    def name(self) -> str:
        return self.python.__name__

    @property
    def path(self) -> Path:
        """The text: beside its source, under the name of the function."""
        return Path(inspect.getfile(self.python)).with_name(f"{self.name}.ll")

    @property
    def parameters(self) -> dict[str, str]:
        """The annotation of each parameter, in order."""
        return {name: str(parameter.annotation) for name, parameter in inspect.signature(self.python).parameters.items()}

    @property
    def stamp(self) -> str:
        """The first line of a text that was made of this source."""
        return f"; {self.python.__module__}.{self.name}, source {hashlib.sha256(inspect.getsource(self.python).encode()).hexdigest()}"

    def __call__(self, *arguments: object) -> None:
        _compiled(self).function(ctypes.byref(ctypes.c_void_p()), None, *arguments)  # where Numba would put a result, and an error


@dataclass(frozen=True)
class _Compiled:
    """The function, and what must live as long as it."""

    function: Any
    engine: Any


@functools.cache
def _compiled(kernel: Kernel) -> _Compiled:
    """The kernel for this machine's processor."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3, jit=True
    )
    module = llvm.parse_assembly(kernel.path.read_text())
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=3))
    builder.getModulePassManager().run(module, builder)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    types = [_type(annotation) for annotation in kernel.parameters.values()]
    prototype = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *types)
    return _Compiled(prototype(engine.get_function_address(kernel.name)), engine)


def _type(annotation: str) -> Any:
    if annotation in ARRAYS:
        return np.ctypeslib.ndpointer(ARRAYS[annotation], ndim=1, flags="C_CONTIGUOUS")
    return NUMBERS[annotation]
