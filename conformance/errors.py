"""What ends a command with one line and exit status 2."""


class CheckError(Exception):
    """The command or its input is wrong: one clear line."""
