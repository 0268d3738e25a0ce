"""From a campaign to commands of sbatch."""
import math
import pathlib
import shlex

from campaign_file import Refusal, megabytes
from machine import JOBS

MIB = 2 ** 20
ACCOUNT_MINUTES, ACCOUNT_MEMORY = 10, "1G"  # of the job that says what is missing


class Job:
    """One call of sbatch. Jobs it waits for are named by their variable: job1, job2 ..."""

    def __init__(self, script, flags, words, after=None):
        self.script, self.flags, self.words = script, flags, words
        self.after = after  # (kind, [variables]) or None
        self.variable = None

    def command(self, ids):
        """The words of the command; `ids` turns the variable of an earlier job into its number."""
        waits = []
        if self.after:
            kind, variables = self.after
            waits = ["--dependency=" + ":".join([kind, *(ids(variable) for variable in variables)])]
        return ["sbatch", "--parsable", *self.flags, *waits, str(JOBS / self.script), *self.words]


class Batch:
    """The jobs of a study on a machine."""

    def __init__(self, study, machine):
        self.study, self.machine = study, machine
        self.folder = pathlib.Path(study.out) / "jobs"  # of the whole study: its file, what the jobs print
        self.jobs, self.notes = [], []
        ends = [self.add_campaign(campaign) for campaign in study.campaigns]
        self.add_account(study.campaigns, [job for jobs in ends for job in jobs])

    def refuse(self, message):
        raise Refusal(f"{self.study.path}: {message}")

    def add(self, job):
        self.jobs.append(job)
        job.variable = f"job{len(self.jobs)}"
        return job

    def memory_of(self, resources):
        """Megabytes of a node that a job asks for."""
        asked, there = resources.get("memory"), self.machine.get("NODE_MEMORY")
        if asked is None and there is None:
            self.refuse("resources: memory: must be there, or KR_NODE_MEMORY in " + str(self.machine.path))
        there = math.inf if there is None else megabytes(there)
        if (asked or 0) > there:
            self.refuse(f"resources: memory: {asked:.0f} MB: a node of {self.machine.path} has {there:.0f}")
        return there if asked is None else asked

    def flags(self, campaign, nodes, ranks, name):
        """What all jobs say to sbatch."""
        resources = campaign.resources
        a_node, cores = ranks // nodes, self.machine.get("NODE_CORES")
        if cores is not None and a_node > int(cores):
            self.refuse(f"resources: ranks: {ranks} on {nodes} nodes: a node of {self.machine.path} has {cores} cores")
        site = [(key, resources.get(key, self.machine.get(key.upper())))
                for key in ("partition", "account", "qos", "constraint")]
        return [f"--job-name={name}", f"--nodes={nodes}", f"--ntasks={ranks}", f"--ntasks-per-node={a_node}",
                f"--time={resources['time_text']}", f"--mem={math.ceil(self.memory_of(resources))}M",
                *(f"--{key}={value}" for key, value in site if value is not None)]

    def estimate(self, campaign):
        """Asks kacrice what the campaign takes on these nodes; it refuses what does not fit."""
        resources = campaign.resources
        a_node = resources["ranks"] // resources["nodes"]
        limit = [] if "campaign_maxtime" in self.study.options else ["-campaign_maxtime",
                                                                      str(resources["time"] - resources["stop"])]
        lines = self.machine.dry_run("-options_file", str(self.study.path), *as_options(campaign.overrides), *limit,
                                     "-dry_run_ranks", str(resources["ranks"]),
                                     "-dry_run_memory", f"{self.memory_of(resources) * MIB / 1e9 / a_node:.9g}")
        hours = sum(float(lines[key]) for key in ("core_hours", "core_hours_spectra") if key in lines)
        self.notes.append(f"{campaign.out}: {lines['samples']} samples, about {hours:.3g} core-hours, "
                          f"{float(lines['memory']):.3g} GB a rank")
        return int(lines["group_size"])

    def words(self, campaign, *settings):
        """What all batch scripts are given."""
        return [str(JOBS), f"machine={self.machine.path}", f"program={self.machine.program}", *settings,
                "-options_file", str(self.folder.resolve() / "campaign.yaml"), *as_options(campaign.overrides),
                *self.maxtime(campaign)]

    def maxtime(self, campaign):
        """A limit of the user's own, for the script to see that there is one."""
        if "campaign_maxtime" not in self.study.options or "campaign_maxtime" in campaign.overrides:
            return []
        return ["-campaign_maxtime", self.study.options["campaign_maxtime"]]

    def add_campaign(self, campaign):
        """The jobs of one N; returns those that end it."""
        group_size = self.estimate(campaign)
        add = {"single": self.add_single, "array": self.add_array, "chain": self.add_chain}[campaign.resources["mode"]]
        return add(campaign, group_size)

    def part_flags(self, campaign, output="%x-%j.out"):
        resources = campaign.resources
        return [*self.flags(campaign, resources["nodes"], resources["ranks"], campaign.name),
                f"--signal=B:USR1@{resources['stop']}", f"--output={self.folder}/{output}"]

    def add_single(self, campaign, _):
        resources = campaign.resources
        return [self.add(Job("campaign.sbatch", self.part_flags(campaign),
                             self.words(campaign, f"stop={resources['stop']}", f"requeues={resources['requeues']}")))]

    def add_array(self, campaign, group_size):
        """Parts of equal size, and the job that makes one ensemble of them."""
        resources, (first, end) = campaign.resources, campaign.samples
        block = math.ceil((end - first) / resources["tasks"])
        n_tasks = math.ceil((end - first) / block)
        at_once = f"%{resources['at_once']}" if "at_once" in resources else ""
        samples = f"samples={first}:{end}"
        part = self.add(Job(
            "array.sbatch", [*self.part_flags(campaign, "%x-%A_%a.out"), f"--array=0-{n_tasks - 1}{at_once}"],
            self.words(campaign, samples, f"block={block}", f"stop={resources['stop']}",
                       f"requeues={resources['requeues']}")))
        a_node = resources["ranks"] // resources["nodes"]
        nodes = 1 if group_size <= a_node else resources["nodes"]
        flags = self.flags(campaign, nodes, a_node * nodes, campaign.name + "-aggregate")
        whole = self.add(Job("aggregate.sbatch", [*flags, f"--output={self.folder}/%x-%j.out", "--kill-on-invalid-dep=yes"],
                             self.words(campaign, samples, f"stop={resources['stop']}"), ("afterok", [part.variable])))
        return [part, whole]

    def add_chain(self, campaign, _):
        resources = campaign.resources
        n_links = resources["links"]
        return [self.add(Job("chain.sbatch", self.part_flags(campaign),
                             self.words(campaign, f"link={link}", f"links={n_links}", f"stop={resources['stop']}"),
                             ("singleton", []))) for link in range(1, n_links + 1)]

    def add_account(self, campaigns, jobs):
        """Says at the end what is missing."""
        first = campaigns[0]
        name = first.name if len(campaigns) == 1 else first.name[:first.name.rindex("-n")]
        flags = [flag for flag in self.flags(first, 1, 1, name + "-account") if not flag.startswith(("--time", "--mem"))]
        flags += [f"--time={ACCOUNT_MINUTES}", f"--mem={ACCOUNT_MEMORY}"]
        ranges = [text for one in campaigns
                  for text in (str(pathlib.Path(one.out).resolve()), f"{one.samples[0]}:{one.samples[1]}")]
        self.add(Job("account.sbatch", [*flags, f"--output={self.folder}/%x-%j.out"],
                     [str(JOBS), f"machine={self.machine.path}", *ranges],
                     ("afterany", [job.variable for job in jobs])))

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
