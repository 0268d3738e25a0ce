"""Names of files as text."""


def shown(name):
    """A text with names of files as one that any output takes: what is no UTF-8 in them becomes U+FFFD."""
    return str(name).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
