"""A campaign file: options of a command of kacrice, and under `resources` what the batch system has to give.

Everything is kept as text, as in the options file that kacrice itself reads: YAML would make 3600 of 1:00:00. A list holds one
value for each N of the list model_n.
"""
import difflib
import pathlib
import re
import sys

import yaml

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from kacrice_files import ReadError, one_line, read_text  # noqa: E402  (found only through the line above)

BYTES_MAX, DEPTH_MAX = 1 << 17, 16  # of a campaign file; kacrice itself reads no larger one
STOP_SECONDS = 120  # before the limit of time: samples under way are saved in seconds, their proofs may take 25

EARLY_SECONDS = 60  # SLURM may send its signal so much earlier than it was told


class Refusal(Exception):
    """Bad input, in one line for the user."""

    def __init__(self, message):
        super().__init__(one_line(message))


class Loader(yaml.BaseLoader):
    """All values are text; a key that stands there twice is refused. So are aliases, of which a short text makes a list of
    any length, and depths that no campaign file needs: PyYAML takes a time for them that has no end."""

    depth = 0

    def compose_node(self, parent, index):
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise Refusal(f"line {event.start_mark.line + 1}: holds an anchor or an alias (&name, *name), which options have no "
                          "use for")
        if self.depth >= DEPTH_MAX:
            raise Refusal(f"line {event.start_mark.line + 1}: is nested deeper than {DEPTH_MAX}")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def construct_mapping(loader, node, deep=False):
    keys = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", key.value):
            raise Refusal(f"line {key.start_mark.line + 1}: is no name of an option and its value")
        if key.value in keys:
            raise Refusal(f"{key.value}: stands there more than once")
        keys.add(key.value)
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
    match = re.fullmatch(r"(?:([0-9]{1,6})-)?([0-9]{1,9})(?::([0-9]{1,9}))?(?::([0-9]{1,9}))?", text)
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
        raise ValueError("a memory of a node as sbatch takes it, such as 64G or 4000M, or 0 for all of it")
    return int(match[1]) * {"K": 1 / 1024, "": 1, "M": 1, "G": 1024, "T": 1024 ** 2}[match[2].upper()]


def memory(text):
    """A memory as sbatch takes it; 0 is all that the node has."""
    return 0 if re.fullmatch(r"0[KMGT]?B?", text, re.IGNORECASE) else megabytes(text)


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


COMMANDS = {  # what a file may be for: the commands that are run, one after the other
    "census": ("census",), "thermo": ("thermo",), "tap": ("tap",), "census, tap": ("census", "tap"),
}
SHARED = ("group_size", "queue", "progress", "retry", "maxtime")  # options campaign_* of a census that hold for its states too
MODES = {  # what each needs, and what the others have no use for
    "single": (),
    "array": ("tasks", "at_once"),
    "chain": ("links",),
}
READERS = {
    "mode": mode, "nodes": whole, "ranks": whole, "time": seconds, "memory": memory,
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
        content = yaml.load(read_text(path, BYTES_MAX), Loader)
    except ReadError as error:
        raise Refusal(str(error)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise Refusal(f"{path}{where}: is no YAML: {what}") from error
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
    """One campaign of one N: its command, samples and resources, and the options that it is given beside those of the file,
    if it reads the file. Of states: the folder of the census, and its campaign when it is in the same file."""

    def __init__(self, command, name, out, samples, options, resources):
        self.command, self.name, self.out, self.samples = command, name, out, samples
        self.options, self.resources = options, resources
        self.census, self.after = None, None

    @property
    def reads_file(self):
        """The options of states stand on the command line: the file is that of a census, or names one."""
        return self.command != "tap"


class CampaignFile:
    """The whole file, as a list of campaigns."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        content = load(path)
        self.commands = self.read_commands(content.pop("command", "census"))
        self.census = self.read_census(content.pop("census", None))
        resources = content.pop("resources", None)
        if not isinstance(resources, dict):
            self.refuse("resources: must be there, with " + ", ".join(NEEDED) + " and memory")
        self.options = {}
        for key, value in flatten(content):
            if key in self.options:
                self.refuse(f"{key}: stands there more than once")
            self.options[key] = value
        self.tap_resources = self.read_tap_resources(resources)
        self.resources = resources
        self.sizes = self.options.get("model_n") if self.census is None else None
        self.out = self.options.get("campaign_out", self.path.stem)
        if self.census is not None:
            self.out = self.options.get("tap_out", self.census + "/tap")
        self.check_shape()
        self.check_resource_names(self.resources)
        if self.tap_resources is not None:
            self.check_resource_names(self.tap_resources)

    def refuse(self, message):
        raise Refusal(f"{self.path}: {message}")

    def read_commands(self, words):
        text = ", ".join(words if isinstance(words, list) else str(words).replace(",", " ").split())
        if text not in COMMANDS:
            self.refuse(f"command: {text}: must be one of " + "; ".join(COMMANDS))
        return COMMANDS[text]

    def read_census(self, folder):
        """The folder whose samples states are of, when its census is not in this file."""
        if self.commands == ("tap",) and (not isinstance(folder, str) or not folder):
            self.refuse("census: must be there with command: tap, the folder of the campaign whose states are wanted")
        if self.commands != ("tap",) and folder is not None:
            self.refuse("census: goes with command: tap, not with " + ", ".join(self.commands))
        return folder.rstrip("/") if folder else None

    def read_tap_resources(self, resources):
        """What the jobs of states ask for, where the census is in the file too: as the census, but for the map `tap`."""
        own = resources.pop("tap", {})
        if self.commands != ("census", "tap"):
            if own:
                self.refuse("resources: tap: goes with command: census, tap")
            return None
        if not isinstance(own, dict):
            self.refuse("resources: tap: must be a map of resources")
        of_modes = [key for keys in MODES.values() for key in keys]
        inherited = {key: value for key, value in resources.items() if "mode" not in own or key not in of_modes}
        return {**inherited, **own}

    def check_shape(self):
        """Values, and lists with a value for each N."""
        if self.sizes is None and "model_couplings" not in self.options and self.census is None:
            self.refuse("model_n: must be there")
        if self.commands == ("census", "tap") and "tap_out" in self.options:
            self.refuse("tap_out: states go into the folder of their census; leave it out")
        sweep = isinstance(self.sizes, list)
        if sweep and (not self.sizes or len(set(map(str, self.sizes))) < len(self.sizes)):
            self.refuse(f"model_n: [{', '.join(map(str, self.sizes))}]: must be different sizes")
        for where, values in (("", self.options), ("resources: ", self.resources), ("resources: tap: ", self.tap_resources or {})):
            for key, value in values.items():
                if isinstance(value, dict) or isinstance(value, list) and any(not isinstance(v, str) for v in value):
                    self.refuse(f"{where}{key}: must be a value, or a list of values")
                if isinstance(value, list) and not sweep:
                    self.refuse(f"{where}{key}: is a list, but model_n is not")
                if isinstance(value, list) and len(value) != len(self.sizes):
                    self.refuse(f"{where}{key}: has {len(value)} values, model_n has {len(self.sizes)}")
        for key in ("mode", "machine"):
            if any(isinstance(values.get(key), list) for values in (self.resources, self.tap_resources or {})):
                self.refuse(f"resources: {key}: must be one for all N")
        for key in self.options:
            if key == "options_file" or key.startswith("dry_run"):
                self.refuse(f"{key}: is no part of a campaign; leave it out")
        if isinstance(self.out, list):
            self.refuse("campaign_out: must be one folder; each N gets its own in it")
        if "campaign_samples" not in self.options:
            self.refuse("campaign_samples: must be there, a number or a range such as 100:200")

    def check_resource_names(self, resources):
        for key in resources:
            if key not in READERS:
                self.refuse(f"resources: {key}: no such resource; {nearest(key, list(READERS))}")
        for key in NEEDED:
            if key not in resources:
                self.refuse(f"resources: {key}: must be there")
        kind = self.read("mode", resources["mode"])
        for other, keys in MODES.items():
            for key in keys:
                if key in resources and other != kind:
                    self.refuse(f"resources: {key}: goes with mode {other}, not with {kind}")
        if MODES[kind] and MODES[kind][0] not in resources:
            self.refuse(f"resources: {MODES[kind][0]}: must be there with mode {kind}")

    def read(self, key, text):
        try:
            return READERS[key](text)
        except ValueError as error:
            raise Refusal(f"{self.path}: resources: {key}: {text}: must be {error}") from error

    def read_samples(self, text):
        match = re.fullmatch(r"(?:([0-9]{1,10}):)?([0-9]{1,10})", text)
        first, end = (int(match[1] or 0), int(match[2])) if match else (0, 0)
        if end <= first:
            self.refuse(f"campaign_samples: {text}: must be a number of samples such as 200, or a range such as 100:200")
        return first, end

    def read_resources(self, i, texts):
        """Resources of the i-th N, from their texts."""
        resources = {key: self.read(key, pick(text, i)) for key, text in texts.items()}
        resources["time_text"] = pick(texts["time"], i)
        resources.setdefault("stop", STOP_SECONDS)
        resources.setdefault("requeues", 20)
        if resources["ranks"] % resources["nodes"]:
            self.refuse(f"resources: ranks: {resources['ranks']}: must be a multiple of nodes, {resources['nodes']}")
        if resources["time"] <= resources["stop"] + EARLY_SECONDS:
            self.refuse(f"resources: time: {resources['time_text']}: must be more than a minute longer than stop, "
                        f"{resources['stop']} s")
        return resources

    @property
    def is_study(self):
        """A campaign for each N."""
        return isinstance(self.sizes, list)

    def name(self, *parts):
        """Of jobs."""
        return "-".join(["kr", *(re.sub(r"[^A-Za-z0-9_.-]", "-", part) for part in parts)])

    def campaign(self, i):
        """The i-th N: what is found, or brought to equilibrium, for each sample of the disorder."""
        suffix = [f"n{self.sizes[i]}"] if self.is_study else []
        out = "/".join([self.out, *suffix])
        overrides = {key: value[i] for key, value in self.options.items() if isinstance(value, list) and not key.startswith("tap_")}
        if "campaign_maxtime" in self.options:  # for the batch script to see that there is one
            overrides["campaign_maxtime"] = pick(self.options["campaign_maxtime"], i)
        return Campaign(self.commands[0], self.name(pathlib.Path(self.out).name, *suffix), out,
                        self.read_samples(pick(self.options["campaign_samples"], i)), {**overrides, "campaign_out": out},
                        self.read_resources(i, self.resources))

    def states_of(self, i, census):
        """The states of the i-th N, whose census is in the file."""
        shared = ["campaign_" + key for key in SHARED]
        options = {key: pick(text, i) for key, text in self.options.items() if key.startswith("tap_") or key in shared}
        states = Campaign("tap", census.name + "-tap", census.out + "/tap", census.samples, options,
                          self.read_resources(i, self.tap_resources))
        states.census, states.after = census.out, census
        return states

    def states(self):
        """The states of a census in a folder."""
        folder = pathlib.Path(self.census).resolve()
        study = [folder.parent.name] if re.fullmatch(r"n\d+", folder.name) else []  # jobs of one name are one chain
        states = Campaign("tap", self.name(*study, folder.name, "tap"), self.out,
                          self.read_samples(self.options["campaign_samples"]), dict(self.options),
                          self.read_resources(0, self.resources))
        states.census = self.census
        return states

    @property
    def campaigns(self):
        """Those that others wait for come first."""
        if self.census is not None:
            return [self.states()]
        campaigns = []
        for i in range(len(self.sizes) if self.is_study else 1):
            campaigns.append(self.campaign(i))
            if self.tap_resources is not None:
                campaigns.append(self.states_of(i, campaigns[-1]))
        return campaigns


def pick(value, i):
    """That of the i-th N."""
    return value[i] if isinstance(value, list) else value
