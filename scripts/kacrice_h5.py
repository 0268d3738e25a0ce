"""HDF5 files of kacrice as Python objects: attributes and data sets, checked before they are used. kacrice_io.py
says what files there are. Needs h5py and numpy."""
import contextlib
import functools
import os
import pathlib
import re

import numpy as np

from kacrice_files import AGAIN, ReadError, open_regular, reading

os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")  # a reader needs no lock, and some file systems have none
import h5py  # noqa: E402  (the line above must come first)

# the same where h5py was imported before, and has not looked at the variable
NO_LOCK = {"locking": False} if hasattr(h5py.h5p.PropFAID, "set_file_locking") else {}
FORMAT_MAJOR = 2
HEAPS_MAX = 1 << 22  # bytes of a file that is looked through for heaps, as in src/store/h5_heap.c
PACKED_MAX = 1100  # times as large as in its file a data set may be, as in src/store/h5_place.c


def heaps_are_whole(content):
    """Whether the heaps of texts in the bytes of an HDF5 file hold what they say: HDF5 takes their sizes on trust,
    and a wrong one can bring it down, or have it read for ever."""
    start = content.find(b"GCOL\1")
    while start >= 0:
        at, end = start + 16, start + int.from_bytes(content[start + 8:start + 16], "little")
        if not at <= end <= len(content):
            return False
        while end - at >= 16:
            number, length = (int.from_bytes(content[at + a:at + b], "little") for a, b in ((0, 2), (8, 16)))
            if length > end - at - (16 if number else 0) or (number == 0 and length < 16):
                return False
            at += 16 + (length + 7) // 8 * 8 if number else length
        if at > end:
            return False
        start = content.find(b"GCOL\1", start + 5)
    return True


class DataSet:
    """A data set of a file as an attribute, read when it is first asked for; empty when optional and not there."""

    def __init__(self, description, optional=False, members=()):
        self.__doc__, self.optional, self.members = description, optional, members
        self.rank = re.match(r"(?:\[[^\]]*\])*", description)[0].count("[")  # as the description tells

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, item, owner=None):
        if item is None:
            return self
        absent = self.optional and not item.has(self.name)
        value = item.__dict__[self.name] = np.empty((0, 0)) if absent else item.read(self.name)
        return value


class File:
    """An HDF5 file of kacrice, closed between two reads."""

    filetype = ""
    hint = AGAIN

    def __init__(self, path):
        self.path = pathlib.Path(path)

    @functools.cached_property
    def attributes(self):
        """Attributes of "/": provenance, options, numbers; texts as str. File type and version are checked first."""
        with self.open() as file:
            found = {name: text(value) for name, value in file.attrs.items()}
        if found.get("filetype", "") != self.filetype:
            raise ReadError(f"{self.path}: its file type is \"{found.get('filetype', '')}\", it should be "
                            f"\"{self.filetype}\"")
        version = np.ravel(found.get("format_version", (0, 0)))
        if version.shape != (2,) or version.dtype.kind not in "iu":
            raise ReadError(f"{self.path} is damaged: its format version is no pair of numbers; {self.hint}")
        if version[0] != FORMAT_MAJOR:
            raise ReadError(f"{self.path}: its format version is {version[0]}.{version[1]}, this program reads "
                            f"{FORMAT_MAJOR}.x")
        return found

    @property
    def options(self):
        """All options of the run that wrote the file, "-name" -> text."""
        return parse_options(self.words("options"))

    def attribute(self, name):
        """One attribute of "/"."""
        if name not in self.attributes:
            raise ReadError(f"{self.path} is damaged: it has no attribute {name}; {self.hint}")
        return self.attributes[name]

    def words(self, name):
        """An attribute that is a text."""
        value = self.attribute(name)
        if not isinstance(value, str):
            raise ReadError(f"{self.path} is damaged: its attribute {name} is no text; {self.hint}")
        return value

    def number(self, name):
        """An attribute that is one number."""
        value = np.asarray(self.attribute(name))
        if value.shape != () or value.dtype.kind not in "iuf":
            raise ReadError(f"{self.path} is damaged: its attribute {name} is no number; {self.hint}")
        return value[()]

    def whole(self, name, least=0):
        """An attribute that is a whole number, of which there are `least` or more."""
        value = self.number(name)
        if value != np.floor(value) or not least <= value < 2**53:
            raise ReadError(f"{self.path} is damaged: its attribute {name} is {value}, it should be a whole number "
                            f"from {least}; {self.hint}")
        return int(value)

    @functools.cached_property
    def is_whole(self):
        """Whether h5py can be trusted with the file, which is a regular one."""
        with open_regular(self.path) as file:
            content = file.read(HEAPS_MAX + 1)
        return len(content) > HEAPS_MAX or heaps_are_whole(content)

    def opened(self):
        """h5py's file. HDF5 opens a file twice in one process only with the same flags of locking."""
        try:
            return h5py.File(self.path, "r", **NO_LOCK)
        except OSError as error:
            if "locking flag" not in str(error):
                raise
            return h5py.File(self.path, "r")

    @contextlib.contextmanager
    def open(self):
        """The file by h5py, for reading; whatever is raised over it names the file."""
        with reading(self.path, self.hint):
            if not self.is_whole:
                raise ReadError(f"{self.path} is damaged: a heap of texts does not hold what it says; {self.hint}")
            with self.opened() as file:
                yield file

    def data_set(self, file, name):
        """A data set of the open file: one that is in this very file, as large as its bytes allow, of numbers."""
        link = file.get(name, getlink=True)
        if link is None:
            raise ReadError(f"{self.path} is damaged: it has no data set {name}; {self.hint}")
        found = file.get(name) if isinstance(link, h5py.HardLink) else None  # a link may lead to a pipe
        if found is not None and not isinstance(found, h5py.Dataset):
            raise ReadError(f"{self.path} is damaged: it has no data set {name}; {self.hint}")
        if found is None or found.is_virtual or found.external:
            raise ReadError(f"{self.path} is damaged: its data set {name} is not in this file; {self.hint}")
        parts = [found.dtype] if found.dtype.names is None else [part for part, *_ in found.dtype.fields.values()]
        if found.shape is None or any(part.base.kind not in "iuf" for part in parts):
            raise ReadError(f"{self.path} is damaged: its data set {name} holds no numbers; {self.hint}")
        if found.size * found.dtype.itemsize > PACKED_MAX * os.path.getsize(self.path):
            raise ReadError(f"{self.path} is damaged: its data set {name} would be larger than the file allows; "
                            f"{self.hint}")
        known = getattr(type(self), name, None)
        if isinstance(known, DataSet) and found.size > 0:
            missing = [member for member in known.members if member not in (found.dtype.names or ())]
            if found.ndim != known.rank or missing:
                what = f"has {found.ndim} dimensions, it should have {known.rank}"
                what = f"has no member {missing[0]}" if missing else what
                raise ReadError(f"{self.path} is damaged: {name} {what}; {self.hint}")
        return found

    def has(self, name):
        """Whether there is a data set of that name."""
        with self.open() as file:
            return file.get(name, getlink=True) is not None  # "in" would follow a link, which may lead to a pipe

    def read(self, name, member=None):
        """A whole data set; of a compound one member alone."""
        self.attributes  # noqa: B018  (checks type and version)
        with self.open() as file:
            found = self.data_set(file, name)
            return found[()] if member is None else found.fields(member)[()]


class Columns:
    """A compound data set whose members are read one by one: columns["energy"]; len(columns) is the number of lines."""

    def __init__(self, file, name):
        self._file, self._name, self._read = file, name, {}
        with file.open() as handle:
            found = file.data_set(handle, name)
            if found.dtype.names is None or found.ndim != 1:
                raise ReadError(f"{file.path} is damaged: it has no table {name}; {file.hint}")
            self._length, self.dtype = found.shape[0], found.dtype

    def __len__(self):
        return self._length

    def __getitem__(self, member):
        if member not in self._read:
            self._read[member] = self._file.read(self._name, member)
        return self._read[member]

    @property
    def array(self):
        """All members as one structured array."""
        return self._file.read(self._name)


def parse_options(lines):
    """Options as the files have them, "-name value" a line -> {"-name": "value"}."""
    pairs = (line.split(" ", 1) for line in lines.splitlines() if line.startswith("-"))
    return {pair[0]: pair[1] if len(pair) > 1 else "" for pair in pairs}


def text(value):
    """A text attribute as str, whatever h5py makes of it; other values as they are."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
