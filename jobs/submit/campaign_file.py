"""A campaign file: options of kacrice census, and under `resources` what the batch system has to give.

Everything is kept as text, as in the options file that kacrice itself reads: YAML would make 3600 of 1:00:00. A list holds one
value for each N of the list model_n.
"""
import difflib
import pathlib
import re

import yaml

STOP_SECONDS = 120  # before the limit of time: samples under way are saved in seconds, their proofs may take 25

EARLY_SECONDS = 60  # SLURM may send its signal so much earlier than it was told


class Refusal(Exception):
    """Bad input, in one line for the user."""


class Loader(yaml.BaseLoader):
    """All values are text; a key that stands there twice is refused."""


def construct_mapping(loader, node, deep=False):
    keys = [key.value for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise Refusal(f"{key}: stands there more than once")
    return yaml.BaseLoader.construct_mapping(loader, node, deep=True)


Loader.add_constructor("tag:yaml.org,2002:map", construct_mapping)


def whole(text):
    """A whole number from 1."""
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise ValueError("a whole number from 1 to 999999999")
    return int(text)


def whole_or_none(text):
    """A whole number from 0."""
    return 0 if text == "0" else whole(text)


def seconds(text):
    """A time as sbatch takes it, at least a minute: M, M:S, H:M:S, D-H, D-H:M, D-H:M:S."""
    wanted = "a time as sbatch takes it, such as 90 (minutes), 12:00:00 or 2-00:00:00"
    match = re.fullmatch(r"(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?", text)
    if match is None:
        raise ValueError(wanted)
    days, *parts = match.groups()
    numbers = [int(part) for part in parts if part is not None]
    units = (3600, 60, 1) if days is not None or len(numbers) == 3 else (60, 1)
    total = 86400 * int(days or 0) + sum(number * unit for number, unit in zip(numbers, units))
    if total < 60:
        raise ValueError(wanted + ", at least a minute")
    return total


def megabytes(text):
    """A memory as sbatch takes it, a number with K, M, G or T (of 1024); without, megabytes."""
    match = re.fullmatch(r"([1-9][0-9]{0,9})([KMGT]?)B?", text, re.IGNORECASE)
    if match is None:
        raise ValueError("a memory of a node as sbatch takes it, such as 64G or 4000M")
    return int(match[1]) * {"K": 1 / 1024, "": 1, "M": 1, "G": 1024, "T": 1024 ** 2}[match[2].upper()]


def word(text):
    """What sbatch takes as it stands."""
    if not re.fullmatch(r"[^\s'\"\\$`]+", text):
        raise ValueError("one word")
    return text


def mode(text):
    """How the campaign is cut into jobs."""
    if text not in MODES:
        raise ValueError("one of " + ", ".join(MODES))
    return text


MODES = {  # what each needs, and what the others have no use for
    "single": (),
    "array": ("tasks", "at_once"),
    "chain": ("links",),
}
READERS = {
    "mode": mode, "nodes": whole, "ranks": whole, "time": seconds, "memory": megabytes,
    "tasks": whole, "at_once": whole, "links": whole, "requeues": whole_or_none, "stop": whole,
    "machine": word, "partition": word, "account": word, "qos": word, "constraint": word,
}
NEEDED = ("mode", "nodes", "ranks", "time")


def nearest(name, names):
    """The end of a message: the known name that looks like it, or all of them."""
    close = difflib.get_close_matches(name, names, 1)
    return f"did you mean {close[0]}?" if close else "there are " + ", ".join(names)


def load(path):
    """The map of a YAML file."""
    try:
        content = yaml.load(pathlib.Path(path).read_text(encoding="utf-8"), Loader)
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise Refusal(f"{path}{where}: is no YAML: {getattr(error, 'problem', None) or error}") from error
    except Refusal as refusal:
        raise Refusal(f"{path}: {refusal}") from refusal
    if not isinstance(content, dict):
        raise Refusal(f"{path}: must be lines `option: value` and a map `resources`")
    return content


def flatten(values, prefix=""):
    """Maps within maps as kacrice reads them: model: {p: 3} is model_p: 3."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{key}_")
        else:
            yield prefix + key, value


class Campaign:
    """One campaign of one N: its options that are not those of the file, its samples and resources."""

    def __init__(self, name, out, samples, overrides, resources):
        self.name, self.out, self.samples = name, out, samples
        self.overrides, self.resources = overrides, resources


class CampaignFile:
    """The whole file, as a list of campaigns."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        content = load(path)
        resources = content.pop("resources", None)
        if not isinstance(resources, dict):
            self.refuse("resources: must be there, with " + ", ".join(NEEDED) + " and memory")
        self.options = dict(flatten(content))
        self.resources = resources
        self.sizes = self.options.get("model_n")
        self.out = self.options.get("campaign_out", self.path.stem)
        self.check_shape()
        self.check_resource_names()

    def refuse(self, message):
        raise Refusal(f"{self.path}: {message}")

    def check_shape(self):
        """Values, and lists with a value for each N."""
        if self.sizes is None and "model_couplings" not in self.options:
            self.refuse("model_n: must be there")
        sweep = isinstance(self.sizes, list)
        if sweep and (not self.sizes or len(set(map(str, self.sizes))) < len(self.sizes)):
            self.refuse(f"model_n: [{', '.join(map(str, self.sizes))}]: must be different sizes")
        for where, values in (("", self.options), ("resources: ", self.resources)):
            for key, value in values.items():
                if isinstance(value, dict) or isinstance(value, list) and any(not isinstance(v, str) for v in value):
                    self.refuse(f"{where}{key}: must be a value, or a list of values")
                if isinstance(value, list) and not sweep:
                    self.refuse(f"{where}{key}: is a list, but model_n is not")
                if isinstance(value, list) and len(value) != len(self.sizes):
                    self.refuse(f"{where}{key}: has {len(value)} values, model_n has {len(self.sizes)}")
        for key in ("mode", "machine"):
            if isinstance(self.resources.get(key), list):
                self.refuse(f"resources: {key}: must be one for all N")
        if isinstance(self.out, list):
            self.refuse("campaign_out: must be one folder; each N gets its own in it")
        if "campaign_samples" not in self.options:
            self.refuse("campaign_samples: must be there, a number or a range such as 100:200")

    def check_resource_names(self):
        for key in self.resources:
            if key not in READERS:
                self.refuse(f"resources: {key}: no such resource; {nearest(key, list(READERS))}")
        for key in NEEDED:
            if key not in self.resources:
                self.refuse(f"resources: {key}: must be there")
        kind = self.read("mode", self.resources["mode"])
        for other, keys in MODES.items():
            for key in keys:
                if key in self.resources and other != kind:
                    self.refuse(f"resources: {key}: goes with mode {other}, not with {kind}")
        if MODES[kind] and MODES[kind][0] not in self.resources:
            self.refuse(f"resources: {MODES[kind][0]}: must be there with mode {kind}")

    def read(self, key, text):
        try:
            return READERS[key](text)
        except ValueError as error:
            raise Refusal(f"{self.path}: resources: {key}: {text}: must be {error}") from error

    def read_samples(self, text):
        match = re.fullmatch(r"(?:(\d+):)?(\d+)", text)
        first, end = (int(match[1] or 0), int(match[2])) if match else (0, 0)
        if end <= first:
            self.refuse(f"campaign_samples: {text}: must be a number of samples such as 200, or a range such as 100:200")
        return first, end

    def campaign(self, i):
        """The i-th N."""
        def pick(value):
            return value[i] if isinstance(value, list) else value

        resources = {key: self.read(key, pick(text)) for key, text in self.resources.items()}
        resources["time_text"] = pick(self.resources["time"])
        resources.setdefault("stop", STOP_SECONDS)
        resources.setdefault("requeues", 20)
        if resources["ranks"] % resources["nodes"]:
            self.refuse(f"resources: ranks: {resources['ranks']}: must be a multiple of nodes, {resources['nodes']}")
        if resources["time"] <= resources["stop"] + EARLY_SECONDS:
            self.refuse(f"resources: time: {resources['time_text']}: must be more than a minute longer than stop, "
                        f"{resources['stop']} s")
        overrides = {key: value[i] for key, value in self.options.items() if isinstance(value, list)}
        samples = self.read_samples(pick(self.options["campaign_samples"]))
        sweep = isinstance(self.sizes, list)
        suffix = f"n{self.sizes[i]}"
        name = "kr-" + re.sub(r"[^A-Za-z0-9_.-]", "-", pathlib.Path(self.out).name) + (f"-{suffix}" if sweep else "")
        out = f"{self.out}/{suffix}" if sweep else self.out
        return Campaign(name, out, samples, {**overrides, "campaign_out": out}, resources)

    @property
    def campaigns(self):
        return [self.campaign(i) for i in range(len(self.sizes) if isinstance(self.sizes, list) else 1)]
