"""Files that somebody else may have made: opened when they are regular ones, read to a limit, and whatever is wrong
with them told in one line. All readers of kacrice in Python come through here; needs nothing but Python."""
import contextlib
import json
import os
import stat

AGAIN = "run the campaign's command again to rewrite it"
BYTES_MAX = 1 << 26  # of a text that is read as a whole


def one_line(words):
    """A text that may hold pieces of a file, without line feeds and other control characters."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(words))


class ReadError(ValueError):
    """What is wrong with a file or folder, in one line for the user."""

    def __init__(self, message):
        super().__init__(one_line(message))


@contextlib.contextmanager
def reading(path, hint=AGAIN):
    """Turns whatever reading a file raises - h5py, json, numpy, the system - into a ReadError that names it: files of
    others may hold anything, and the libraries raise all kinds of errors for it."""
    try:
        yield
    except ReadError:
        raise
    except Exception as error:
        if hint and is_of_system(error):
            hint = "it may be whole: keep it, and mend what stops it from being read"
        raise ReadError(f"cannot read {path}: {reason_of(error)}" + (f"; {hint}" if hint else "")) from error


def is_of_system(error):
    """Whether the system did not let us read a file, which says nothing about the file."""
    said = isinstance(error, OSError) and (error.errno is not None or "errno = " in str(error))
    return said and not isinstance(error, FileNotFoundError)


def reason_of(error):
    """What an error says, in one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    words = (str(error).strip() or type(error).__name__).splitlines()[-1]
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return f"it has no {words}" if isinstance(error, KeyError) else words


def open_regular(path):
    """A regular file for reading bytes; a pipe or a device is refused, not waited for."""
    if not stat.S_ISREG(os.stat(path).st_mode):  # not even opened: that may do something
        raise ReadError(f"cannot read {path}: it is no regular file")
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ReadError(f"cannot read {path}: it is no regular file")
    return open(descriptor, "rb")


def read_text(path, most=BYTES_MAX):
    """The whole text of a file in UTF-8, of at most so many bytes."""
    with reading(path, hint=""), open_regular(path) as file:
        content = file.read(most + 1)
        if len(content) > most:
            raise ReadError(f"cannot read {path}: it has more than {most} bytes")
        return content.decode("utf-8")


def read_json(path):
    """What a JSON file holds. NaN and infinities, which JSON has not, are refused."""
    text = read_text(path)
    try:
        return json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{path} is damaged: {reason_of(error)}; {AGAIN}") from None


def refuse_constant(name):
    """Called by json for NaN, Infinity and -Infinity."""
    raise ValueError(f"{name} is no number of JSON")


def check_numbers(path, item, keys, null=()):
    """An object that has a number for each of the keys; for those in `null` it may be null."""
    for key in keys:
        value = item.get(key) if isinstance(item, dict) else None
        if value is None and key in null and isinstance(item, dict):
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ReadError(f"{path} is damaged: \"{key}\" is {json.dumps(value)[:40]}, it should be a number; {AGAIN}")
