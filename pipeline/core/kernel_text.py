"""Makes the texts of kernels out of their Python, by Numba: `python -m pipeline.core.kernel_text pipeline.scoring.leaf_sums …`.

Whoever changes a kernel runs it; nobody else needs it, or Numba. The text is that of no processor in particular.
"""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

from pipeline.core.kernels import ARRAYS, Kernel


def main() -> None:
    for module in map(importlib.import_module, sys.argv[1:]):
        for kernel in [each for each in vars(module).values() if isinstance(each, Kernel)]:
            kernel.path.write_text(text_of(kernel))
            print(kernel.path)


def text_of(kernel: Kernel) -> str:
    """The kernel's text under its stamp: one function, tidied but neither unrolled nor vectorised, since that hangs on the processor."""
    import llvmlite.binding as llvm
    from numba import cfunc, config, types

    for name, value in {"CPU_NAME": "generic", "CPU_FEATURES": "", "OPT": type(vars(config)["OPT"])(0)}.items():
        setattr(config, name, value)
    made = cfunc(types.void(*(_type(types, told) for told in kernel.parameters.values())), error_model="numpy")(kernel.python)
    module = llvm.parse_assembly(made.inspect_llvm())
    machine = llvm.Target.from_default_triple().create_target_machine(cpu="generic", features="")
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_unrolling = options.loop_vectorization = options.slp_vectorization = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return f"{kernel.stamp}\n{_function(str(module), kernel.name)}"


def _type(types: Any, told: str) -> Any:
    numbers = {"int": types.int64, "float": types.float64}
    return numbers[told] if told in numbers else types.CPointer(getattr(types, ARRAYS[told].__name__))


def _function(text: str, name: str) -> str:
    """The function itself out of a module that Numba made, and declarations of LLVM's own that it calls."""
    body = next(found for found in re.findall(r"^define .*?^}\n", text, re.M | re.S) if "@cfunc." not in found.splitlines()[0])
    mangled = re.search(r"@([\w$.]+)\(", body)
    declared = re.findall(r"^declare .*@llvm\..*\n", text, re.M)
    plain = "".join([body.replace(mangled[1] if mangled else "", name), *declared])
    return re.sub(r" #\d+|local_unnamed_addr |unnamed_addr ", "", plain)


if __name__ == "__main__":
    main()
