"""`nightshift`: the steps of the night from a shell."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from typer.exceptions import TyperException

from pipeline.core.errors import NightshiftError
from pipeline.shell import models, nights, reading
from pipeline.shell.app import app
from pipeline.terminal import follow_log_lines, shown

__all__ = ["app", "main"]

INTERRUPTED = 130  # 128 + SIGINT, as shells count
READER_GONE = 141  # 128 + SIGPIPE

for commands in (nights, models, reading):  # in the order in which --help lists them
    app.add_typer(commands.shell)


def main() -> None:
    """Run the command; an error raised on purpose, wrong use and Ctrl-C are one line and an exit code."""
    follow_log_lines()
    try:
        ended = app(prog_name="nightshift", standalone_mode=False)  # typer answers Ctrl-C with this code instead of raising
        sys.stdout.flush()
    except (NightshiftError, TyperException) as error:
        _say_and_exit(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader left (| head): what is still buffered has nowhere to go
        raise SystemExit(READER_GONE) from None
    if ended == INTERRUPTED:
        print("nightshift: interrupted; nothing is half-published, and running the same command again is the repair", file=sys.stderr)
        raise SystemExit(INTERRUPTED)


def _say_and_exit(error: NightshiftError | TyperException) -> NoReturn:
    """One line and the exit code; without any argument the help itself."""
    if isinstance(error, NightshiftError):
        print(f"nightshift: {shown(str(error))}", file=sys.stderr)  # it may quote what somebody wrote into a row
    elif len(sys.argv) == 1:
        print(error, file=sys.stderr)
    else:
        print(f"nightshift: {error.format_message()} See 'nightshift --help', or --help behind a command.", file=sys.stderr)
    raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
