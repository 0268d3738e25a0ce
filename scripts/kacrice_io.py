#!/usr/bin/env python3
"""Reads what kacrice writes, as numpy arrays: a campaign of kacrice census, thermo or tap, a merged folder, a study of
several N. Needs h5py and numpy.

    import kacrice_io                                # with scripts/ on PYTHONPATH

    campaign = kacrice_io.load("first")              # the -campaign_out folder of a finished kacrice census
    campaign.counts[:, 0].mean()                     # minima of a sample, antipodes counted
    campaign.energies(k=1)                           # e of the index-1 saddles of all samples
    campaign.by_index["expected"]                    # exact Kac-Rice expectation of each index
    campaign.shard(7).x                              # coordinates of the critical points of sample 7

    for campaign in kacrice_io.load("study"):        # a folder of campaigns, ascending in N
        print(campaign.n, campaign.total["mean"], campaign.total["expected"])

    thermo = kacrice_io.load("t64")                  # of kacrice thermo
    thermo.temperatures, thermo.mean("energy"), thermo.stderr("energy"), thermo.limit["energy"]

Nothing is read before it is asked for, and what was read is kept. Data sets have the names they have in the files, and
the units of docs/formats/store.md: energies e = H/N and Hessian eigenvalues in units of J, |x|^2 = N. What cannot be
read raises ReadError, whose text is one line for the user. As a program, kacrice_io.py FOLDER says what a folder holds.
"""
import functools
import pathlib
import sys

import numpy as np

from kacrice_files import AGAIN, ReadError, read_json, reading
from kacrice_h5 import Columns, DataSet, File, parse_options, text

REACH = ("-search_starts", "-census_missing")  # that -campaign_extend may change between the two files
COUNT = ("mean", "stderr", "expected", "z")
EQUILIBRIUM = ("temperature", "phase", "overlap", "m", "free_energy", "energy", "complexity", "zero_energy", "replicon")
BY_INDEX = np.dtype([("k", int), *((name, float) for name in (*COUNT, "energy_mean", "energy_expected"))])


def load(folder):
    """The Campaign, Thermo or Tap in a folder, or the Study of those in its subfolders."""
    folder = pathlib.Path(folder)
    return Study(folder) if is_study(folder) else type_of(folder)(folder)


def type_of(folder):
    """Campaign, Thermo or Tap, by the command that its campaign.json names; Campaign when that cannot be told."""
    path = pathlib.Path(folder) / "campaign.json"
    try:
        content = read_json(path)
        if "command" not in content:  # of version 0.1.0
            return next((kind for kind in TYPES.values() if kind.mark in list(content["options"])), Campaign)
    except (ReadError, KeyError, TypeError):
        return Campaign
    kind = TYPES.get(content["command"]) if isinstance(content["command"], str) else None
    if kind is None:
        raise ReadError(f"{path}: the folder is of kacrice {content['command']}, which these scripts do not have "
                        "(a newer kacrice made it, or the file was changed)")
    return kind


def is_study(folder):
    """Whether a folder is no campaign itself but has some in its subfolders."""
    folder = pathlib.Path(folder)
    return not (folder / "campaign.json").exists() and any(folder.glob("*/campaign.json"))


class SampleFile(File):
    """One disorder sample, by any command."""

    hint = "move it out of the folder and run the campaign again to compute this sample anew"

    @property
    def sample(self):
        """Its number."""
        return self.whole("sample")


class Shard(SampleFile):
    """A sample of a census. Of an antipodal pair one point is listed (attributes["symmetry"]: none, even, odd)."""

    filetype = "kacrice sample"
    points = DataSet("[P] distinct critical points: energy, mu, residual, margin, hits, index, nullity, ...")
    x = DataSet("[P][N] their coordinates, |x|^2 = N; only with -census_store_points")
    lowest = DataSet("[P][L] lowest Hessian eigenvalues, ascending")
    highest = DataSet("[P][U] highest Hessian eigenvalues, descending")
    count = DataSet("[N] critical points by index, antipodes counted")
    origins = DataSet("[64] starts, found, new_points by the initial mu of the starts")
    minima_spectrum = DataSet("[160] Hessian eigenvalues of all minima in bins of (lambda + mu)/sqrt(f''(1))")

    @property
    def verdict(self):
        """On the list as a whole: incomplete, estimated, checked or proved."""
        return self.words("verdict")

    @functools.cached_property
    def reasons(self):
        """How the starts ended: name -> number."""
        self.attributes  # noqa: B018
        with self.open() as file:
            found = self.data_set(file, "reasons")
            names = [text(name) for name in found.attrs["names"]]
            return dict(zip(names, (int(count) for count in found[()])))


class ThermoShard(SampleFile):
    """One disorder sample of kacrice thermo; M temperatures, hottest first, L ladders, K times."""

    filetype = "kacrice thermo sample"
    temperatures = DataSet("[M] temperature, beta, energy, energy_error, heat, configurational, relaxation, swap, ...")
    ladders = DataSet("[L][3 M] of each ladder and temperature: <e>, its error, its autocorrelation time in sweeps")
    block_energy = DataSet("[M][32] <e> in equal blocks of the sweeps")
    block_square = DataSet("[M][32] <e^2> in the same blocks")
    overlaps = DataSet("[M][80] number of overlaps q of two ladders in equal bins from -1 to 1")
    times = DataSet("[K] Langevin time, 1/J")
    correlation = DataSet("[M][K] <x(0).x(t)>/N; no rows when K = 0")
    potential = DataSet("[X][6] held overlap q, force, its error, <e>, its error, V")


class TapShard(SampleFile):
    """TAP states of one disorder sample, of kacrice tap."""

    filetype = "kacrice tap"
    temperatures = DataSet("[T] ascending, units of J")
    starts = DataSet("[T] of the search in the ball")
    states = DataSet("[S] by temperature and free energy: temperature, free_energy, energy, q, index, branch, ...")
    x = DataSet("[S][N] their magnetisations, |m|^2 = N q")
    events = DataSet("[E] of branches on heating: temperature, free_energy, q, branch, other, kind, ...")


class Theory(File):
    """Tables of kacrice theory -theory_out: scalars in attributes (e_0, e_threshold, complexity_total, total, ...)."""

    filetype = "kacrice theory"
    hint = "run kacrice theory -theory_out again"
    count = DataSet("[K] expected critical points of index k at this N, antipodes counted")
    energy_mean = DataSet("[K] mean e of the points of index k")
    energy_std = DataSet("[K] standard deviation of their e")
    complexity = DataSet("[R][7] N to infinity: e, Sigma, Sigma_0, Sigma_1, Sigma_2, typical mu, k/N")
    binned = DataSet("[B][K] expected number in bins of e, by index")
    binned_total = DataSet("[B] the same, all indices")
    equilibrium = DataSet("[T][9] columns EQUILIBRIUM; with -theory_temperature")

    @property
    def n(self):
        """N, spins."""
        return self.whole("n", least=1)


class Folder(File):
    """What the campaigns of all commands have: summary.json, campaign.json, a file of all samples, shards."""

    ensemble, shard_type, command = "ensemble.h5", Shard, "kacrice census"
    mark = None  # an option that only such folders have: version 0.1.0 did not name the command

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        check_folder(self.folder, self.ensemble)
        super().__init__(self.folder / self.ensemble)
        self.summary = read_json(self.folder / "summary.json")
        self.identity = read_json(self.folder / "campaign.json")
        if not isinstance(self.identity, dict) or self.identity.get("filetype") != "kacrice campaign":
            raise ReadError(f"{self.folder}: its files were not written by {self.command}")
        if not isinstance(self.identity.get("options"), dict):
            raise ReadError(f"{self.folder / 'campaign.json'} is damaged: it has no options; {AGAIN}")
        merged = self.identity.get("merged", [])
        if not isinstance(merged, list) or not all(isinstance(name, str) and "\0" not in name for name in merged):
            raise ReadError(f"{self.folder / 'campaign.json'} is damaged: \"merged\" is no list of folders; {AGAIN}")
        self.n = self.whole("n", least=1)  # N, spins

    def __len__(self):
        return self.n_samples

    @property
    def n_samples(self):
        """Finished samples: what all averages are over."""
        return self.whole("n_samples")

    @functools.cached_property
    def shard_folders(self):
        """Where shards may be: in this folder, or in those that were merged into it. Their names are as they were given
        to kacrice merge: absolute, from where this program runs, or from the folder that holds the merged one."""
        merged = [pathlib.Path(name) for name in self.identity.get("merged", [])]
        return [self.folder, *merged, *(self.folder.parent / path for path in merged if not path.is_absolute())]

    def shard_path(self, sample):
        """Name of the file of one sample; where it should be, when there is none."""
        name = pathlib.Path("samples", f"{sample // 1000:04d}", f"s{sample:08d}.h5")
        found = [folder / name for folder in self.shard_folders if (folder / name).exists()]
        return found[0] if found else self.folder / name

    @property
    def sample_numbers(self):
        """Of the shards that are there, ascending."""
        return sorted({int(path.stem[1:]) for folder in self.shard_folders
                       for path in folder.glob("samples/*/s*.h5") if path.stem[1:].isdigit()})

    def shard(self, sample):
        """The file of a sample: all that is known of it alone."""
        path = self.shard_path(int(sample))
        if not path.exists():
            raise ReadError(f"{self.folder}: sample {sample} has no file {path}; the ensemble is all there is")
        return self.shard_type(path)

    def shards(self):
        """The files of all samples that have one here, one after the other."""
        for sample in self.sample_numbers:
            yield self.shard(sample)

    def _summary(self, *keys):
        """A part of summary.json."""
        part = self.summary
        for key in keys:
            if not isinstance(part, dict) or key not in part:
                raise ReadError(f"{self.folder / 'summary.json'} is damaged: it has no \"{key}\"; {AGAIN}")
            part = part[key]
        return part

    def _check_same(self, n, n_samples):
        """Refuses a file of all samples that is of another campaign, and a summary that speaks of other numbers."""
        for what, in_summary, in_ensemble in (("N", n, self.n), ("number of samples", n_samples, self.n_samples)):
            if in_summary != in_ensemble:
                raise ReadError(f"{self.folder}: {what} is {in_summary} in summary.json and {in_ensemble} in "
                                f"{self.ensemble}; {AGAIN}")
        made_by = parse_options(str(self.attributes.get("identity", "")))
        for option, value in made_by.items():
            asked = self.identity["options"].get(option, value)
            if option not in REACH and asked != value:
                raise ReadError(f"{self.folder}: {option} is {asked} in campaign.json and {value} in {self.ensemble}; "
                                f"{AGAIN}")

    def _check_shapes(self, shapes, **wanted):
        """Refuses data sets of other shapes."""
        for name, shape in wanted.items():
            if shapes[name] != shape:
                raise ReadError(f"{self.path} is damaged: {name} has shape {shapes[name]}, it should be {shape}; "
                                f"{AGAIN}")

    def _shapes(self, names):
        """Shapes of data sets that must be there."""
        with self.open() as file:
            return {name: self.data_set(file, name).shape for name in names}

    def _check_edges(self, *names):
        """Refuses edges of bins that do not ascend."""
        for name in names:
            edges = getattr(self, name)
            if not np.isfinite(edges).all() or not (np.diff(edges) > 0.0).all():
                raise ReadError(f"{self.path} is damaged: {name} does not ascend; {AGAIN}")


class Campaign(Folder):
    """A campaign of kacrice census (or a merged folder) that has an ensemble."""

    filetype = "kacrice ensemble"
    samples = DataSet("[S] a line a sample: sample, starts, found, total, ground_energy, verdict, seconds, ...",
                      members=("sample", "ground_energy"))
    counts = DataSet("[S][N] critical points by sample and index, antipodes counted")
    histogram = DataSet("[B][N] points of all samples by energy bin and index")
    expected = DataSet("[B][N] exact expectation (Kac-Rice) per sample of the same; NaN where unknown")
    bin_edges = DataSet("[B+1] edges of the energy bins")
    minima_spectrum = DataSet("[160] Hessian eigenvalues of all minima in bins")
    minima_spectrum_edges = DataSet("[161] their edges, of (lambda + mu)/sqrt(f''(1))")
    annealed = DataSet("[B][N] ln(mean number per unit of e)/N")
    annealed_error = DataSet("[B][N] its jackknife error over samples")
    quenched = DataSet("[B][N] mean of ln(number per unit of e)/N over the samples that have such points")
    quenched_error = DataSet("[B][N] its jackknife error")
    empty_fraction = DataSet("[B][N] of the samples: they have no such points")
    mu_histogram = DataSet("[M][N] as histogram, in bins of mu; M = 0 for pure models")
    mu_expected = DataSet("[M][N] as expected, in bins of mu")
    mu_bin_edges = DataSet("[M+1] of mu")
    joint_histogram = DataSet("[B][M] points by e and mu")
    joint_expected = DataSet("[B][M] expected per sample by e and mu")

    def __init__(self, folder):
        super().__init__(folder)
        self._check_same(self._summary("model", "n"), self._summary("samples", "in_ensemble"))
        names = [name for name, item in vars(Campaign).items() if isinstance(item, DataSet)]
        shapes = self._shapes([*names, "points"])
        cells = dict.fromkeys(("histogram", "expected", "annealed", "annealed_error", "quenched", "quenched_error",
                               "empty_fraction"), (shapes["bin_edges"][0] - 1, self.n))
        self._check_shapes(shapes, samples=(self.n_samples,), counts=(self.n_samples, self.n), **cells,
                           minima_spectrum=(shapes["minima_spectrum_edges"][0] - 1,))
        self._check_edges("bin_edges", "minima_spectrum_edges", "mu_bin_edges")
        if self.n_samples > 0 and self.kind != "minima":  # of which one of each pair is counted there
            mean, said = np.mean(np.sum(self.counts, axis=1)), self.total["mean"]
            if not abs(mean - said) <= 1e-9 * abs(mean):
                raise ReadError(f"{self.folder}: points a sample are {said} in summary.json and {mean} in "
                                f"{self.ensemble}; {AGAIN}")

    @property
    def kind(self):
        """What is listed: "all" critical points, "minima", or all by a "homotopy"."""
        return self.summary.get("starts", {}).get("kind", "all")

    @functools.cached_property
    def points(self):
        """All critical points, antipodes written out: Columns sample, hits, energy, mu, margin, lambda_min, index."""
        return Columns(self, "points")

    @functools.cached_property
    def total(self):
        """mean, stderr, expected, z of the number of points in a sample; NaN where unknown."""
        with reading(self.folder / "summary.json"):
            return {name: real(self._summary("counts", "total").get(name)) for name in COUNT}

    @functools.cached_property
    def by_index(self):
        """Array over k: k, mean, stderr, expected, z, energy_mean, energy_expected; of minima alone one line."""
        rows = self._summary("counts", "index")
        with reading(self.folder / "summary.json"):
            return np.array([tuple(row.get(name) if name == "k" else real(row.get(name)) for name in BY_INDEX.names)
                             for row in rows], dtype=BY_INDEX)

    def energies(self, k=None, sample=None):
        """e of all points, or of those of an index, of a sample (its number)."""
        chosen = np.ones(len(self.points), dtype=bool)
        if k is not None:
            chosen &= self.points["index"] == k
        if sample is not None:
            chosen &= self.points["sample"] == sample
        return self.points["energy"][chosen]

    @property
    def sample_numbers(self):
        """Of the samples of the ensemble that have a file here, ascending."""
        return [int(sample) for sample in self.samples["sample"] if self.shard_path(int(sample)).exists()]


class Thermo(Folder):
    """A campaign of kacrice thermo that has an ensemble; M temperatures, hottest first, the first may be infinite."""

    filetype, shard_type, command, kind = "kacrice thermo ensemble", ThermoShard, "kacrice thermo", "thermo"
    mark = "-thermo_sweeps"
    quantities = ("energy", "heat", "log_z", "entropy", "overlap", "overlap_square", "overlap_law", "identity",
                  "inherent_energy", "vibration", "configurational", "tap_fraction", "tap_entropy",
                  "tap_configurational", "acceptance", "step", "swap", "time", "energy_error", "agreement")
    beta = DataSet("[M] 1/T, units of 1/J")
    overlaps = DataSet("[M][80] density P(q) of overlaps of two replicas, mean over samples")
    overlaps_stderr = DataSet("[M][80] its standard error over samples")
    relaxation = DataSet("[M] Langevin time tau at which the mean correlation is 1/e; NaN: later than was followed")
    relaxation_stderr = DataSet("[M] its jackknife error over samples")
    equilibrium = DataSet("[M][9] columns EQUILIBRIUM: the solution for N to infinity at these temperatures")
    equilibrium_curve = DataSet("[R][9] the same along a curve from hot to cold")
    times = DataSet("[K] Langevin times, 1/J; with -thermo_relaxation", optional=True)
    correlation = DataSet("[M][K] <x(0).x(t)>/N, mean over samples; with -thermo_relaxation", optional=True)
    potential = DataSet("[X][6] held q, force, its error, <e>, its error, V; with -thermo_overlaps", optional=True)

    def __init__(self, folder):
        super().__init__(folder)
        self._check_same(self._summary("n"), self._summary("samples"))
        lines = ("beta", "relaxation", "relaxation_stderr", *self.quantities, *(f"{q}_stderr" for q in self.quantities))
        shapes = self._shapes([*lines, "overlaps", "overlaps_stderr", "equilibrium", "equilibrium_curve"])
        m = shapes["beta"][:1]
        self._check_shapes(shapes, **dict.fromkeys(lines, m), overlaps=(*m, *shapes["overlaps"][1:]),
                           overlaps_stderr=shapes["overlaps"], equilibrium=(*m, len(EQUILIBRIUM)),
                           equilibrium_curve=(*shapes["equilibrium_curve"][:1], len(EQUILIBRIUM)))
        self._read = {}

    @property
    def n_samples(self):
        return self.whole("samples")

    @property
    def temperatures(self):
        """[M] T, units of J."""
        with np.errstate(divide="ignore"):
            return 1.0 / self.beta

    def mean(self, name):
        """[M] of one of .quantities: mean over samples; NaN where none has it."""
        if name not in self._read:
            self._read[name] = self.read(name)
        return self._read[name]

    def stderr(self, name):
        """[M] its standard error over samples."""
        return self.mean(f"{name}_stderr")

    @property
    def overlap_edges(self):
        """[81] of the bins of q."""
        return np.linspace(-1.0, 1.0, self.overlaps.shape[1] + 1)

    @property
    def limit(self):
        """Equilibrium for N to infinity at these temperatures: name of EQUILIBRIUM -> [M]."""
        return dict(zip(EQUILIBRIUM, self.equilibrium.T))


class Tap(Folder):
    """A folder of kacrice tap: TAP states of all samples of a campaign."""

    filetype, shard_type, command = "kacrice tap states", TapShard, "kacrice tap"
    ensemble, kind, mark = "states.h5", "tap", "-tap_temperature"
    temperatures = DataSet("[T] units of J")
    states = DataSet("[S][10] sample, T, f, u, q, w, lambda_min, index, branch, found")
    events = DataSet("[E][9] sample, kind, T, f, q, w, margin, branch, other")

    def __init__(self, folder):
        super().__init__(folder)
        self._check_same(self._summary("n"), self._summary("samples"))
        shapes = self._shapes(["temperatures", "states", "events"])
        self._check_shapes(shapes, states=(*shapes["states"][:1], 10), events=(*shapes["events"][:1], 9))


class Study:
    """The campaigns in the subfolders of a folder, ascending in N: those of census are its items, .thermo, .tap the
    others; unfinished and unknown ones are in .skipped: (folder, why).
    .theory: N -> Theory, of the files theory/*.h5 in the folder."""

    def __init__(self, folder, campaign_type=Campaign, thermo_type=Thermo):
        self.folder, self.skipped = pathlib.Path(folder), []
        types, found = {Campaign: campaign_type, Thermo: thermo_type, Tap: Tap}, {Campaign: [], Thermo: [], Tap: []}
        if not is_study(self.folder):
            raise ReadError(f"{self.folder}: no subfolder of it is a campaign (has a campaign.json)")
        for path in sorted(self.folder.glob("*/campaign.json")):
            try:
                kind = type_of(path.parent)
            except ReadError as error:
                self.skipped.append((path.parent, f"is left out: {error}"))
                continue
            missing = [name for name in ("summary.json", kind.ensemble) if not (path.parent / name).exists()]
            if missing:
                self.skipped.append((path.parent, f"has not finished, it holds no {missing[0]}"))
            else:
                found[kind].append(types[kind](path.parent))
        self.campaigns, self.thermo, self.tap = (sorted(some, key=lambda one: (one.n, one.folder.name))
                                                 for some in found.values())

    def __iter__(self):
        return iter(self.campaigns)

    def __len__(self):
        return len(self.campaigns)

    def __getitem__(self, n):
        """The campaign of N = n; KeyError when there is none, or more than one."""
        chosen = [campaign for campaign in self.campaigns if campaign.n == n]
        if len(chosen) != 1:
            raise KeyError(f"{len(chosen)} campaigns of N = {n} in {self.folder}")
        return chosen[0]

    @property
    def ns(self):
        """The N of the campaigns."""
        return [campaign.n for campaign in self.campaigns]

    @functools.cached_property
    def theory(self):
        """Exact values by N that kacrice theory -theory_out wrote to theory/*.h5 in the folder."""
        found = [Theory(path) for path in sorted((self.folder / "theory").glob("*.h5"))]
        return {item.n: item for item in sorted(found, key=lambda item: item.n)}


TYPES = {"census": Campaign, "thermo": Thermo, "tap": Tap}  # by the command of a folder


def check_folder(folder, ensemble):
    """A folder that is there and looks like the output of a finished campaign."""
    wanted = "give the -campaign_out folder of a finished campaign, or a folder of such folders"
    if not folder.exists():
        raise ReadError(f"{folder}: no such folder; {wanted}")
    if not folder.is_dir():
        raise ReadError(f"{folder}: is not a folder; {wanted}")
    for name in ("campaign.json", "summary.json", ensemble):
        if not (folder / name).exists():
            hint = ("the campaign has not finished, run its command again"
                    if (folder / "campaign.json").exists() else "is it the -campaign_out folder of a campaign?")
            raise ReadError(f"{folder}: holds no {name}; {hint}")


def real(value):
    """A number of summary.json, whose null is NaN here."""
    return float("nan") if value is None else float(value)


def describe(item):
    """A campaign or a study in lines."""
    if isinstance(item, Study):
        for folder, why in item.skipped:
            yield f"{folder.name}: {why}"
    for one in [*item, *item.thermo, *item.tap] if isinstance(item, Study) else [item]:
        line = f"{one.folder.name}: N = {one.n}, {one.kind}, {one.n_samples} samples, "
        if isinstance(one, Campaign):
            total = one.total
            yield line + f"{total['mean']:.6g} +- {total['stderr']:.2g} points each, expected {total['expected']:.6g}"
        else:
            hot, cold = one.temperatures.max(), one.temperatures.min()
            yield line + f"{len(one.temperatures)} temperatures from {hot:.4g} to {cold:.4g}"


def main():
    """Says what a folder holds."""
    if len(sys.argv) != 2:
        sys.exit("usage: kacrice_io.py FOLDER")
    sys.stdout.reconfigure(errors="surrogateescape")  # names of folders are told as they are, whatever their bytes
    try:
        with reading(sys.argv[1]):
            print("\n".join(describe(load(sys.argv[1]))))
    except ReadError as error:
        print(f"kacrice: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
