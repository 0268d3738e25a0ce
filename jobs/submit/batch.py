"""From a campaign to commands of sbatch."""
import math
import os
import pathlib
import shlex

from campaign_file import Refusal, memory
from machine import JOBS

MIB = 2 ** 20
ACCOUNT_MINUTES, ACCOUNT_MEMORY = 10, "1G"  # of the job that says what is missing


class Job:
    """One call of sbatch. Jobs it waits for are named by their variable, job1, job2 ..., or by their number."""

    def __init__(self, script, out, flags, words, after=()):
        self.script, self.out, self.flags, self.words = script, out, flags, words
        self.after = after  # all of them: (kind, [variables or numbers])
        self.variable = None

    def command(self, ids):
        """The words of the command; `ids` turns the variable of an earlier job into its number."""
        waits = [":".join([kind, *(name if name.isdigit() else ids(name) for name in names)]) for kind, names in self.after]
        flags = [*self.flags, *(["--dependency=" + ",".join(waits)] if waits else [])]
        return ["sbatch", "--parsable", *flags, str(JOBS / self.script), *self.words]


class Batch:
    """The jobs of a study on a machine."""

    def __init__(self, study, machine, in_queue):
        """in_queue(): numbers of the jobs of this user that are in the queue."""
        self.study, self.machine, self.in_queue = study, machine, in_queue
        self.folder = pathlib.Path(study.out) / "jobs"  # of the whole study: its file, what the jobs print
        self.prints = str(self.folder).replace("%", "%%")  # SLURM replaces %A and others in the names of such files
        self.jobs, self.notes = [], []
        campaigns, self.ends = study.campaigns, {}
        for campaign in campaigns:
            self.ends[campaign] = self.add_campaign(campaign)
        self.add_account(campaigns, [job for jobs in self.ends.values() for job in jobs])

    def refuse(self, message):
        raise Refusal(f"{self.study.path}: {message}")

    def add(self, job):
        self.jobs.append(job)
        job.variable = f"job{len(self.jobs)}"
        return job

    def node_memory(self):
        """Megabytes of a node by the settings of the machine, None when they do not say."""
        text = self.machine.get("NODE_MEMORY")
        try:
            return None if text is None else memory(text) or None
        except ValueError as error:
            raise Refusal(f"{self.machine.path}: KR_NODE_MEMORY: {text}: must be {error}") from error

    def memory_of(self, resources):
        """Megabytes of a node that a job asks for; 0 is all of them."""
        asked, there = resources.get("memory"), self.node_memory()
        if asked is None and there is None:
            self.refuse("resources: memory: must be there, or KR_NODE_MEMORY in " + str(self.machine.path))
        if asked is not None and there is not None and asked > there:
            self.refuse(f"resources: memory: {asked:.0f} MB: a node of {self.machine.path} has {there:.0f}")
        return there if asked is None else asked

    def room_of(self, resources):
        """Bytes that the ranks of a node have: what is asked for, or all that a node has; that of this one when the
        settings of the machine do not say."""
        asked = self.memory_of(resources) or self.node_memory()
        if asked is not None:
            return asked * MIB
        note = f"memory: 0 is all of a node, taken as that of this one; KR_NODE_MEMORY in {self.machine.path} would say it"
        if note not in self.notes:
            self.notes.append(note)
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")

    def flags(self, campaign, nodes, ranks, name):
        """What all jobs say to sbatch."""
        resources = campaign.resources
        a_node, cores = ranks // nodes, self.machine.get("NODE_CORES")
        if cores is not None and a_node > int(cores):
            self.refuse(f"resources: ranks: {ranks} on {nodes} nodes: a node of {self.machine.path} has {cores} cores")
        site = [(key, resources.get(key, self.machine.get(key.upper())))
                for key in ("partition", "account", "qos", "constraint")]
        return [f"--job-name={name}", f"--nodes={nodes}", f"--ntasks={ranks}", f"--ntasks-per-node={a_node}",
                f"--time={resources['time_text']}", f"--mem={self.memory_words(resources)}",
                *(f"--{key}={value}" for key, value in site if value is not None)]

    def memory_words(self, resources):
        megabytes = math.ceil(self.memory_of(resources))
        return f"{megabytes}M" if megabytes > 0 else "0"

    def estimate(self, campaign):
        """Asks kacrice what the campaign takes on these nodes; it refuses what does not fit. Returns the ranks of a group."""
        try:
            return self.ask(campaign)
        except Refusal as refusal:
            if str(refusal).startswith("-"):  # an option: the file has it, or resources that make it
                self.refuse(refusal)
            raise

    def ask(self, campaign):
        resources = campaign.resources
        a_node = resources["ranks"] // resources["nodes"]
        room = ["-dry_run_ranks", str(resources["ranks"]),
                "-dry_run_memory", f"{self.room_of(resources) / 1e9 / a_node:.9g}"]
        limit = [] if "campaign_maxtime" in campaign.options else ["-campaign_maxtime", str(resources["time"] - resources["stop"])]
        if campaign.command != "tap":
            lines = self.machine.dry_run((campaign.command,), "-options_file", str(self.study.path), *as_options(campaign.options),
                                         *limit, *room)
        elif campaign.after is not None:  # there is no folder yet: each rank of states holds all couplings of a sample
            census = {key: text for key, text in campaign.after.options.items() if key != "campaign_maxtime"}
            lines = self.machine.dry_run(("census",), "-options_file", str(self.study.path), *as_options(census),
                                         "-campaign_spread", "starts", *room)
            lines = {key: text for key, text in lines.items() if not key.startswith("core_hours")}
            self.machine.check_tap_options(campaign.census, *as_options(campaign.options))
        elif (pathlib.Path(campaign.census) / "campaign.json").is_file():
            lines = self.machine.dry_run(("tap", campaign.census), *as_options(campaign.options), *limit, *room)
        elif self.census_jobs(campaign):
            self.machine.check_tap_options(campaign.census, *as_options(campaign.options))
            self.notes.append(f"{campaign.out}: {campaign.census} is not there yet: memory is not checked")
            return int(campaign.options.get("campaign_group_size", 1))
        else:
            self.refuse(f"census: {campaign.census}: is the folder of no campaign (campaign.json), and no job in the queue will make it")
        hours = [float(lines[key]) for key in ("core_hours", "core_hours_spectra") if key in lines]
        cost = f"about {sum(hours):.3g} core-hours" if hours else "time not known"
        self.notes.append(f"{campaign.out}: {lines['samples']} samples, {cost}, {float(lines['memory']):.3g} GB a rank")
        return int(lines["group_size"])

    def census_jobs(self, campaign):
        """The last job in the queue of the census in a folder: it ends well when all samples are done."""
        folder, there = pathlib.Path(campaign.census).resolve(), []
        for noted in (folder / "jobs/submitted", folder.parent / "jobs/submitted"):
            if noted.is_file():
                lines = [line.split(" ", 2) for line in noted.read_text(encoding="utf-8").splitlines()]
                there += [line[0] for line in lines if len(line) == 3 and line[1] != "account.sbatch"
                          and pathlib.Path(line[2]) == folder]
        queue = self.in_queue() if there else set()
        return [number for number in there if number in queue][-1:]

    def waits(self, campaign):
        """What the jobs of a campaign wait for: of states, the end of their census."""
        if campaign.command != "tap":
            return []
        names = [self.ends[campaign.after][-1].variable] if campaign.after is not None else self.census_jobs(campaign)
        return [("afterok", names)] if names else []

    def words(self, campaign, *settings):
        """What all batch scripts are given."""
        task = [] if campaign.command == "census" else [f"command={campaign.command}"]
        if campaign.census is not None:
            task.append(f"census={pathlib.Path(campaign.census).resolve()}")
        file = ["-options_file", str(self.folder.resolve() / "campaign.yaml")] if campaign.reads_file else []
        return [str(JOBS), f"machine={self.machine.path}", f"program={self.machine.program}", *task, *settings,
                *file, *as_options(campaign.options)]

    def add_campaign(self, campaign):
        """The jobs of one campaign; returns those that end it, the last of them last."""
        group_size = self.estimate(campaign)
        add = {"single": self.add_single, "array": self.add_array, "chain": self.add_chain}[campaign.resources["mode"]]
        return add(campaign, group_size, self.waits(campaign))

    def part_flags(self, campaign, waits, output="%x-%j.out"):
        resources = campaign.resources
        return [*self.flags(campaign, resources["nodes"], resources["ranks"], campaign.name),
                f"--signal=B:USR1@{resources['stop']}", f"--output={self.prints}/{output}",
                *(["--kill-on-invalid-dep=yes"] if waits else [])]

    def add_single(self, campaign, _, waits):
        resources = campaign.resources
        return [self.add(Job("campaign.sbatch", campaign.out, self.part_flags(campaign, waits),
                             self.words(campaign, f"stop={resources['stop']}", f"requeues={resources['requeues']}"), waits))]

    def add_array(self, campaign, group_size, waits):
        """Parts of equal size, and the job that makes one ensemble of them."""
        resources, (first, end) = campaign.resources, campaign.samples
        block = math.ceil((end - first) / resources["tasks"])
        n_tasks = math.ceil((end - first) / block)
        at_once = f"%{resources['at_once']}" if "at_once" in resources else ""
        samples = f"samples={first}:{end}"
        part = self.add(Job(
            "array.sbatch", campaign.out,
            [*self.part_flags(campaign, waits, "%x-%A_%a.out"), f"--array=0-{n_tasks - 1}{at_once}"],
            self.words(campaign, samples, f"block={block}", f"stop={resources['stop']}",
                       f"requeues={resources['requeues']}"), waits))
        a_node = resources["ranks"] // resources["nodes"]
        nodes = 1 if group_size <= a_node else resources["nodes"]
        flags = self.flags(campaign, nodes, a_node * nodes, campaign.name + "-aggregate")
        whole = self.add(Job("aggregate.sbatch", campaign.out,
                             [*flags, f"--output={self.prints}/%x-%j.out", "--kill-on-invalid-dep=yes"],
                             self.words(campaign, samples, f"stop={resources['stop']}"), [("afterok", [part.variable])]))
        return [part, whole]

    def add_chain(self, campaign, _, waits):
        resources = campaign.resources
        n_links = resources["links"]
        return [self.add(Job("chain.sbatch", campaign.out, self.part_flags(campaign, waits),
                             self.words(campaign, f"link={link}", f"links={n_links}", f"stop={resources['stop']}"),
                             [*waits, ("singleton", [])])) for link in range(1, n_links + 1)]

    def add_account(self, campaigns, jobs):
        """Says at the end what is missing."""
        first = campaigns[0]
        name = first.name[:first.name.rindex("-n")] if self.study.is_study else first.name
        flags = [flag for flag in self.flags(first, 1, 1, name + "-account") if not flag.startswith(("--time", "--mem"))]
        flags += [f"--time={ACCOUNT_MINUTES}", f"--mem={ACCOUNT_MEMORY}"]
        ranges = [text for one in campaigns
                  for text in (str(pathlib.Path(one.out).resolve()), f"{one.samples[0]}:{one.samples[1]}")]
        self.add(Job("account.sbatch", self.study.out, [*flags, f"--output={self.prints}/%x-%j.out"],
                     [str(JOBS), f"machine={self.machine.path}", *ranges],
                     [("afterany", [job.variable for job in jobs])]))

    def print(self):
        """The whole submission as a script for bash, and the batch scripts behind it."""
        print("#!/usr/bin/env bash\nset -eu")
        for note in self.notes:
            print("#", note)
        print(f"mkdir -p {shlex.quote(str(self.folder))}")
        print(f"cp {shlex.quote(str(self.study.path))} {shlex.quote(str(self.folder / 'campaign.yaml'))}")
        for job in self.jobs:
            words = [shlex.quote(text) for text in job.command(lambda variable: f"@{variable}@")]
            line = " ".join(words)
            for other in self.jobs:
                line = line.replace(f"@{other.variable}@", "${" + other.variable + "%%;*}")  # NUMBER;CLUSTER
            print(f"{job.variable}=$({line})")
        for script in sorted({job.script for job in self.jobs}):
            print(f"\n# ==== {JOBS / script}")
            print("\n".join(f"# {line}".rstrip() for line in (JOBS / script).read_text(encoding="utf-8").splitlines()))


def as_options(values):
    return [text for key, value in values.items() for text in (f"-{key}", value)]
