"""One module per command, found by name: `add_arguments(parser)` and `run(arguments) -> int`."""
