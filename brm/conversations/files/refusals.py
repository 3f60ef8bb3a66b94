"""Why a file is not let in."""


class FileRefused(Exception):
    """The file is not let in; its text says why, for whoever sent it."""
