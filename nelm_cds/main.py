"""The console script: finds the command by name and turns its errors into exit codes.

Only the chosen command's module is imported, so that `--help` and the pure commands start fast.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from types import TracebackType

from nelm.errors import Refused
from nelm_cds.errors import CommandFailed, CommandRefused
from runtime.errors import SettingRefused

DONE, OURS, CALLER = 0, 1, 2

COMMANDS = {
    "demo": "everything in one process, with a sample EHR and its invented patients",
    "serve": "the web process (with an embedded worker when there is no broker)",
    "worker": "a Celery worker; one of them runs with --schedule",
    "assess": "facts to an assessment document; pure, no database",
    "knowledge": "the options and facts as FHIR PlanDefinitions and a Questionnaire; pure",
    "stage": "FHIR resources of one patient to a staging document; pure, no database",
    "mappings": "what an institution's codes mean: check, compare, import, export, list unmapped",
    "load": "hand FHIR files to the service as if the EHR had sent them",
    "subscribe": "create or repair our Subscriptions in an EHR",
    "backfill": "read what an EHR already holds, by paged search",
    "doctor": "check configuration, database, broker and EHR connections",
    "jobs": "list buried work, revive it, or dismiss poison",
    "feedback": "count what clinicians did with the cards",
    "migrate": "bring the database to this version's schema",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. 0 done, 2 the caller must change something, 1 ours."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    sys.excepthook = _say_where_without_values
    parser = command_parser(next((word for word in arguments if not word.startswith("-")), ""))
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except (CommandRefused, SettingRefused, Refused) as refusal:
        print(f"nelm-cds {chosen.command}: {refusal}", file=sys.stderr)  # noqa: T201
        return CALLER
    except CommandFailed as failure:
        print(f"nelm-cds {chosen.command}: {failure}", file=sys.stderr)  # noqa: T201
        return OURS
    except BrokenPipeError:
        # the reader of our output went away (`| head`); nothing of ours failed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


class _Version(argparse.Action):
    """Looks the version up only where somebody asks: it takes longer than a command's start."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        version: str = import_module("importlib.metadata").version("nelm-cds")
        print(f"nelm-cds {version}")  # noqa: T201
        parser.exit()


def command_parser(chosen: str) -> argparse.ArgumentParser:
    """A parser that knows every command by name, and only the chosen one by heart."""
    parser = argparse.ArgumentParser(
        prog="nelm-cds",
        description="Decision support for neuroendocrine liver metastases, over FHIR and CDS Hooks."
        " It supports a tumor board and never decides.",
        epilog="Settings: nelm-cds.toml (path in NELM_CONFIG) and NELM_… variables;"
        " see docs/configuration.md. Exit: 0 done, 2 you must change something, 1 ours.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="say which version this is")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, sentence in COMMANDS.items():
        command = commands.add_parser(name, help=sentence, description=f"{name}: {sentence}.")
        if name == chosen:
            module = import_module(f"nelm_cds.commands.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser


def _say_where_without_values(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """A failure of ours: its class and where it happened. Its text may hold patient values."""
    if issubclass(kind, KeyboardInterrupt):
        return
    lines = [f"nelm-cds: {kind.__name__}; this is ours. Report these lines:"]
    lines += [f"  {f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)[-6:]]
    sys.stderr.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
