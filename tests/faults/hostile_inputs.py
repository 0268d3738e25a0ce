"""Damaged and hostile inputs for hostile.py, a function a class. Each makes one input in the folder of its trial, says what
it is, and gives the commands that get it with what is to become of them."""
import json
import math
import os
import shutil
import sys

import h5py
import numpy as np

from hostile import ROOT, Edit, Run

N, SAMPLES = 6, 3
CENSUS = ["census", "-model_p", 3, "-model_n", N, "-campaign_samples", SAMPLES, "-campaign_out"]
THERMO = ["thermo", "-model_n", 8, "-thermo_temperatures", "2,1.5,1.2", "-thermo_sweeps", 64, "-thermo_burn_in", 32,
          "-thermo_quenches", 2, "-campaign_samples", 2, "-campaign_out"]
SEARCH = ["census", "-model_p", 3, "-model_n", 16, "-search_starts", 4000000, "-census_missing", 0, "-campaign_samples", 1,
          "-campaign_checkpoint", 0.05, "-campaign_maxtime", 1.5, "-campaign_out"]
CHAIN = ["thermo", "-model_n", 8, "-thermo_temperatures", "2,1.5,1.2", "-thermo_sweeps", 1000000, "-thermo_burn_in", 50,
         "-thermo_quenches", 4, "-campaign_samples", 1, "-campaign_checkpoint", 0.05, "-campaign_maxtime", 1.5,
         "-campaign_out"]
TAP = ["tap", "w", "-model_p", 3, "-tap_temperature", "0.05,0.1", "-tap_starts", 600, "-tap_out", "t"]
MADE = [([*CENSUS, "w"], (0,)), ([*CENSUS, "other", "-campaign_seed", 9], (0,)),
        ([*CENSUS[:4], 5, *CENSUS[5:], "smaller"], (0,)), ([*THERMO, "h"], (0,)), (["tap", "w", *TAP[4:]], (0,)),
        ([*SEARCH, "s"], (75,)), ([*CHAIN, "c"], (75,))]
TAP = ["tap", "w", *TAP[4:]]
HUGE, NAN, INF = 2**62, math.nan, math.inf

# How much of a shard a command reads: its numbers as a whole, its points, all, and what a search goes on from.
COUNTS, POINTS, ALL, STATE = range(4)
READERS = ((POINTS, [*CENSUS, "w"], (2,)), (POINTS, ["merge", "w2", "w"], (2,)), (ALL, ["certify", "w"], (2,)),
           (STATE, ["status", "w", "-status_check", "true"], (1,)), (ALL, ["states", "w"], (2,)),
           (ALL, [*TAP[:-1], "t2"], (2,)), (ALL, ["inspect", "w", "-inspect_sample", 1], (2,)),
           (COUNTS, ["index", "w"], (0,)))


def readers(trial, level, how_many=2):
    """Some of the commands that read a shard. Those that do not look at what is wrong with it may take it; index leaves
    shards out."""
    for reads, words, codes in trial.random.sample(READERS, how_many):
        yield Run(words, None if words[0] == "index" or reads < level else True, codes)


def shard_of(folder, number=1):
    return folder / f"samples/0000/s{number:08}.h5"


# ---- shards of a census ----

POINT_VALUES = {"energy": (NAN, INF, 1e300, -7.0), "mu": (NAN, INF, 1e300, 0.25), "residual": (NAN, -1.0, INF),
                "margin": (NAN, -1.0), "lambda_min": (NAN, INF), "hits": (0, -5, HUGE), "first_start": (-1, HUGE),
                "index": (-1, N, 7, 10**9, -10**8, 2**31 - 1), "certificate": (-1, 8, 2**31 - 1),
                "radius": (-1.0, INF), "origin": (-1, 64, 10**9), "found_index": (-1, N, 10**9)}
NUMBERS = {"count": (COUNTS, (-5, HUGE, 2**63 - 1, 1000)), "reasons": (COUNTS, (-1, HUGE, 7)),
           "minima_spectrum": (POINTS, (-1, -HUGE)), "x": (ALL, (NAN, INF, 7.0, 1e300)), "lowest": (ALL, (INF, 1e9)),
           "highest": (POINTS, (INF,)), "landed": (STATE, (100,)), "round": (STATE, (NAN, -1.0, INF, 1e300))}
ATTRIBUTES = {"sample": (2, -1, HUGE), "seed": (7, 2**64 - 1), "n": (5, -5, 0, 2**31 - 1), "starts": (-1, 5, HUGE),
              "n_points": (-1, 3, HUGE), "n_lowest": (-1, 3, 2**31 - 1), "n_highest": (-1, 1, 2**31 - 1),
              "coverage": (NAN, -1.0, 2.0), "chao1_missing": (NAN, -1.0), "missing": (NAN, -1.0, INF),
              "rounds": (-1,), "round_end": (-1, 1), "rule_met": (2, -1), "energy_first": (NAN, 0.5, INF),
              "energy_last": (NAN, 1.0), "euler_checked": (2, -1), "euler_failed": (2,), "parity_checked": (-7,),
              "parity_failed": (3,), "euler_sum": (HUGE,), "seconds": (NAN, -1.0, INF), "paths": (-1, HUGE, 5),
              "paths_followed": (-1, HUGE), "paths_distinct": (-1, 3)}
TEXTS = {"symmetry": ("even", "none", "", "odd\nodd"), "verdict": ("certain", ""), "filetype": ("kacrice theory", ""),
         "identity": ("", "-model_n 7\n", "x")}


def put(file, name, where, value):
    """Another value into a data set of numbers, or a member of one."""
    data = file[name][:]
    if isinstance(where, tuple):
        data[where[0]][where[1]] = value
    else:
        data.flat[where] = value
    file[name][:] = data


def shard_numbers(trial):
    """One number that cannot be, sealed anew."""
    choice, random = trial.random.choice(("point", "point", "number", "origin", "attribute", "attribute", "text")), trial.random
    shard = shard_of(trial.copy("w"))
    with Edit(shard) as file:
        if choice == "point":
            name, level = random.choice(list(POINT_VALUES)), POINTS
            value = random.choice(POINT_VALUES[name])
            put(file, "points", (name, random.randrange(len(file["points"]))), value)
        elif choice == "origin":
            name, value, level = random.choice(("starts", "found", "new_points")), random.choice((-1, HUGE, 10**6)), ALL
            put(file, "origins", (name, random.randrange(64)), value)
        elif choice == "number":
            name = random.choice(list(NUMBERS))
            level, values = NUMBERS[name]
            value = random.choice(values)
            where = 0 if name in ("highest", "lowest") else random.randrange(file[name].size)
            if name == "landed":
                value = (int(file[name][:].flat[where]) + value) % 250
            put(file, name, where, value)
        elif choice == "attribute":
            name, level = random.choice(list(ATTRIBUTES)), COUNTS
            value = random.choice(ATTRIBUTES[name])
            file.attrs.modify(name, np.asarray(value, dtype=file.attrs.get_id(name).dtype))
        else:
            name, level = random.choice(list(TEXTS)), COUNTS
            value = random.choice(TEXTS[name])
            file.attrs[name] = value
    trial.say(f"{choice} {name} = {value!r}")
    yield from readers(trial, level)


def shard_counts(trial):
    """Numbers that could be, but not together."""
    random, shard = trial.random, shard_of(trial.copy("w"))
    with Edit(shard) as file:
        what, level = random.choice((("an index that was not counted", POINTS), ("a point twice", POINTS),
                                     ("points in another order", POINTS), ("a point of another length", ALL),
                                     ("lambda_min of another point", ALL), ("more found than ended so", COUNTS)))
        points = file["points"][:]
        if what.startswith("an index"):
            row = next(i for i, point in enumerate(points) if point["index"] < 2)
            points[row]["index"] += 1
        elif what.startswith("a point twice"):
            points[0]["hits"] += 1000
        elif what.startswith("points in"):
            points[[0, -1]] = points[[-1, 0]]
        elif what.startswith("a point of"):
            x = file["x"][:]
            x[random.randrange(len(x))] *= 1.0 + 10.0**random.uniform(-6, 3)
            file["x"][:] = x
        elif what.startswith("lambda_min"):
            points["lambda_min"][0] += 0.5
        else:
            file["reasons"][:] = file["reasons"][:] + np.array([1, 0, 0, 0, 0, 0])
        file["points"][:] = points
    trial.say(what)
    yield from readers(trial, level)


LEVELS = {"points": COUNTS, "count": COUNTS, "reasons": COUNTS, "x": ALL, "lowest": ALL, "highest": POINTS,
          "minima_spectrum": POINTS, "origins": ALL, "landed": STATE, "round": STATE}


def replace_set(random, file, name):
    """A data set of another shape, type or kind in the place of one; what it is."""
    data = file[name][:]
    what = random.choice(("gone", "a group", "a type", "of text", "scalar", "of nothing", "with a row less", "in 3 dimensions",
                          "of other numbers", "larger than the file", "not written", "a bomb", "a link to itself"))
    if name == "landed" and what in ("gone", "scalar"):
        what = "a group"
    if what == "of other numbers" and name in ("points", "origins"):
        what = "of text"
    del file[name]
    if what == "a group":
        file.create_group(name)
    elif what == "a type":
        file[name] = np.dtype("f8")
    elif what == "of text":
        file.create_dataset(name, data=["1"] * len(data), dtype=h5py.string_dtype())
    elif what == "scalar":
        file[name] = data.flat[0] if data.dtype.names is None else 3.0
    elif what == "of nothing":
        file[name] = h5py.Empty(data.dtype)
    elif what == "with a row less":
        file[name] = data[:-1]
    elif what == "in 3 dimensions":
        file[name] = data.reshape(data.shape + (1,) * (3 - data.ndim))
    elif what == "of other numbers":
        file[name] = data.astype("f8" if data.dtype.kind in "iu" else "i8")
    elif what == "larger than the file":
        file.create_dataset(name, shape=(2**31, *data.shape[1:]), dtype=data.dtype, chunks=(1024, *data.shape[1:]),
                            compression="gzip")
    elif what == "not written":
        file.create_dataset(name, shape=data.shape, dtype=data.dtype)
    elif what == "a bomb":
        length = 2**22 // max(1, data.dtype.itemsize * math.prod(data.shape[1:]))
        file.create_dataset(name, data=np.zeros((length, *data.shape[1:]), data.dtype), compression="gzip", chunks=True)
    elif what == "a link to itself":
        file[name] = h5py.SoftLink("/" + name)
    return what


def replace_attribute(random, file, name):
    value = file.attrs[name]
    what = random.choice(("gone", "a list", "of nothing", "a text of fixed length", "a number", "a long list of texts"))
    if what == "a number" and not isinstance(value, str):
        what = "of text"
    del file.attrs[name]
    if what == "a list":
        file.attrs.create(name, [value] * random.choice((2, 500)), dtype=h5py.string_dtype() if isinstance(value, str) else None)
    elif what == "of nothing":
        file.attrs[name] = h5py.Empty("f8" if not isinstance(value, str) else h5py.string_dtype())
    elif what == "a text of fixed length":
        file.attrs[name] = np.bytes_("odd")
    elif what == "a number":
        file.attrs[name] = 3.5
    elif what == "of text":
        file.attrs[name] = "1"
    elif what == "a long list of texts":
        file.attrs.create(name, ["kacrice sample"] * 3000, dtype=h5py.string_dtype())
    return what


def shard_structure(trial):
    """Data sets and attributes of another shape, type or kind, sealed anew."""
    random, shard = trial.random, shard_of(trial.copy("w"))
    with Edit(shard) as file:
        if random.random() < 0.6:
            name = random.choice(list(LEVELS))
            what, level = replace_set(random, file, name), LEVELS[name]
        else:
            name, level = random.choice([*ATTRIBUTES, *TEXTS, "format_version"]), COUNTS
            what = replace_attribute(random, file, name)
    trial.say(f"{name} is {what}")
    yield from readers(trial, level)


def shard_member(trial):
    """A table with a member less, or of another type."""
    random, shard = trial.random, shard_of(trial.copy("w"))
    with Edit(shard) as file:
        name = random.choice(("points", "points", "origins"))
        data = file[name][:]
        member, what = random.choice(data.dtype.names), random.choice(("gone", "of text", "of another kind"))
        kind = {"of text": "S8", "of another kind": "i8" if data.dtype[member].kind == "f" else "f8"}
        types = [(m, data.dtype[m] if m != member else kind.get(what)) for m in data.dtype.names
                 if m != member or what != "gone"]
        table = np.zeros(len(data), dtype=types)
        for other, _ in types:
            table[other] = data[other]
        del file[name]
        file[name] = table
    trial.say(f"{name}: {member} is {what}")
    yield from readers(trial, COUNTS if name == "points" else ALL)


def outside(trial):
    """Data that lie in other files, or in themselves."""
    random, shard = trial.random, shard_of(trial.copy("w"))
    name = random.choice(list(LEVELS))
    what = random.choice(("external storage", "external link", "virtual", "virtual of itself", "soft link", "dangling link", "link to a pipe"))
    twin = trial.folder / "twin.h5"
    shutil.copy(shard, twin)
    with Edit(shard) as file:
        data = file[name][:]
        kind = file[name].id.get_type()
        del file[name]
        if what == "external storage":
            (trial.folder / "bytes").write_bytes(data.tobytes())
            properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            properties.set_external(str(trial.folder / "bytes").encode(), 0, data.nbytes)
            h5py.h5d.create(file.id, name.encode(), kind, h5py.h5s.create_simple(data.shape), properties)
        elif what == "external link":
            file[name] = h5py.ExternalLink(str(twin), "/" + name)
        elif what == "dangling link":
            file[name] = h5py.ExternalLink("/dev/zero", "/" + name)
        elif what == "link to a pipe":
            os.mkfifo(trial.folder / "pipe")
            file[name] = h5py.ExternalLink(str(trial.folder / "pipe"), "/" + name)
        elif what == "soft link":
            file["elsewhere"] = h5py.ExternalLink(str(twin), "/")
            file[name] = h5py.SoftLink("/elsewhere/" + name)
        else:
            layout = h5py.VirtualLayout(shape=data.shape, dtype=data.dtype)
            layout[...] = h5py.VirtualSource("." if what.endswith("itself") else str(twin), name, shape=data.shape)
            file.create_virtual_dataset(name, layout)
    trial.say(f"{name}: {what}")
    yield from readers(trial, LEVELS[name])


def foreign(trial):
    """Shards that are whole, but of another campaign."""
    random, folder = trial.random, trial.copy("w")
    what = random.choice(("another seed", "another N", "another number", "no identity", "an option more", "thermo", "a state"))
    shard, level = shard_of(folder), COUNTS
    if what in ("another seed", "another N"):
        shutil.copy(shard_of(trial.made / ("other" if what.endswith("seed") else "smaller")), shard)
    elif what == "another number":
        shutil.copy(shard_of(folder, 2), shard)
    elif what == "thermo":
        shutil.copy(shard_of(trial.made / "h"), shard)
    elif what == "a state":
        shutil.copy(trial.made / "s/running/s00000000.h5", shard)
    else:
        with Edit(shard) as file:
            identity = file.attrs["identity"]
            del file.attrs["identity"]
            if what != "no identity":
                file.attrs["identity"] = identity + "-model_extra 1\n"
    trial.say(what)
    for run in readers(trial, level):
        if run.words[0] == "inspect" and what not in ("another number", "thermo", "a state"):
            run.wrong = None  # of any campaign
        elif run.words[0] == "inspect" and what != "another number":
            run.wrong = None  # of any kind
        yield run


def damaged(trial):
    """Sealed files with flipped bits, cut, lengthened, zeroed."""
    random, shard = trial.random, shard_of(trial.copy("w"))
    data = bytearray(shard.read_bytes())
    what = random.choice(("flipped", "cut", "lengthened", "zeroed", "empty", "of random bytes"))
    if what == "flipped":
        for _ in range(random.choice((1, 20))):
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    elif what == "cut":
        del data[random.randrange(len(data)):]
    elif what == "lengthened":
        data += random.randbytes(random.choice((1, 16, 4096)))
    elif what == "zeroed":
        start = random.randrange(len(data) - 512)
        data[start:start + 512] = bytes(512)
        data[-20:] = bytes(20)
    elif what == "empty":
        data = b""
    else:
        data = random.randbytes(len(data))
    shard.write_bytes(data)
    trial.say(what)
    yield from readers(trial, COUNTS)


# ---- Monte Carlo, TAP states ----

THERMO_ROWS = {"temperature": (NAN, -1.0, 0.0, 17.0), "beta": (NAN, -1.0, 5.0), "energy": (NAN, INF), "heat": (INF,)}
THERMO_SETS = {"overlaps": (NAN, -1.0, 1e300), "correlation": (NAN,), "block_energy": (INF,)}
THERMO_ATTRIBUTES = {"sample": (0, -1), "seed": (5,), "n": (-5, 9, 2**31 - 1), "n_temperatures": (0, 1, 2**31 - 1),
                     "n_ladders": (0, 4), "n_times": (-1, 65, 3), "n_overlaps": (-1, 3), "burn_in": (-1, 5), "sweeps": (-1, 0, 3),
                     "seconds": (NAN, -1.0), "round_trips": (-1,), "gradients": (-1,), "planted": (NAN, -1.0)}


def thermo_shards(trial):
    """Samples of Monte Carlo with numbers that cannot be."""
    random, folder = trial.random, trial.copy("h")
    with Edit(shard_of(folder)) as file:
        choice = random.choice(("row", "set", "attribute", "attribute"))
        if choice == "row":
            name = random.choice(list(THERMO_ROWS))
            value = random.choice(THERMO_ROWS[name])
            put(file, "temperatures", (name, 1), value)
        elif choice == "set":
            name = random.choice([name for name in THERMO_SETS if file[name].size > 0])
            value = random.choice(THERMO_SETS[name])
            put(file, name, random.randrange(file[name].size), value)
        else:
            name = random.choice(list(THERMO_ATTRIBUTES))
            value = random.choice(THERMO_ATTRIBUTES[name])
            file.attrs.modify(name, np.asarray(value, dtype=file.attrs.get_id(name).dtype))
    trial.say(f"{name} = {value!r}")
    yield Run([*THERMO, "h"], True)


TAP_ATTRIBUTES = {"sample": (0, -1), "seed": (5,), "n": (-5, 7, 2**31 - 1), "n_temperatures": (0, 1, 65, 2**31 - 1),
                  "n_cold": (-1,), "n_states": (-1, 3, HUGE), "n_events": (-1, 3, HUGE), "seconds": (NAN, -1.0)}
STATE_VALUES = {"temperature": (NAN, -1.0, 0.3), "q": (NAN, -1.0, 2.0), "w": (NAN, -1.0), "energy": (NAN, INF),
                "free_energy": (NAN, INF), "branch": (-1,), "hits": (-1,), "temperature_at": (-1, 2, 10**9), "index": (-1, 99),
                "found": (0, 4, -1), "margin": (NAN, -1.0)}
EVENT_VALUES = {"temperature": (NAN, -1.0), "branch": (-1,), "other": (-2,), "kind": (-1, 7, 10**9), "q": (2.0, NAN)}


def tap_shards(trial):
    """TAP states with numbers that cannot be."""
    random, folder = trial.random, trial.copy("t")
    trial.copy("w")
    with Edit(shard_of(folder)) as file:
        tables = {"states": STATE_VALUES, "events": EVENT_VALUES}
        choice = random.choice([name for name in tables if len(file[name])] * 2 + ["attribute", "starts", "temperatures"])
        if choice in tables:
            name = random.choice(list(tables[choice]))
            value = random.choice(tables[choice][name])
            put(file, choice, (name, random.randrange(len(file[choice]))), value)
        elif choice == "attribute":
            name = random.choice(list(TAP_ATTRIBUTES))
            value = random.choice(TAP_ATTRIBUTES[name])
            file.attrs.modify(name, np.asarray(value, dtype=file.attrs.get_id(name).dtype))
        else:
            name, value = choice, random.choice((-1, HUGE) if choice == "starts" else (NAN, -1.0, 0.2, INF))
            put(file, name, 0, value)
    trial.say(f"{choice} {name} = {value!r}")
    yield Run(TAP, True)


# ---- states of running samples ----

STATE_POINTS = {"energy": (NAN, INF), "mu": (NAN, 1e300), "hits": (0, -5, HUGE), "first_start": (-1, HUGE),
                "index": (-1, 16, 10**9, -10**8), "origin": (-1, 64, -10**8, 10**9), "found_index": (-1, 16, 10**9),
                "certificate": (-1, 8)}
STATE_ATTRIBUTES = {"starts": (-1, 5, HUGE), "n": (-5, 5, 2**31 - 1), "n_points": (-1, 3, HUGE), "rounds": (-1,), "seed": (7,),
                    "sample": (1, -1), "n_lowest": (-1, 4, 2**31 - 1), "round_end": (-1, 3), "seconds": (NAN, -1.0),
                    "energy_first": (NAN, 0.5)}
STATE_SETS = {"x": (NAN, 7.0, 1e300), "landed": (255,), "reasons": (-1, HUGE, 7), "round": (NAN, -1.0, 1e300, INF)}


def newest_state(trial, name):
    """The state of the one sample; the one before is removed, so that it is taken."""
    folder = trial.copy(name) / "running"
    for path in folder.glob("*.before.h5"):
        path.unlink()
    return folder / "s00000000.h5"


def census_states(trial):
    """States of a census with one number that cannot be, or a data set that is not there."""
    random, state = trial.random, newest_state(trial, "s")
    with Edit(state) as file:
        choice = random.choice(("point", "attribute", "set", "origin", "structure", "structure"))
        if choice == "point":
            name = random.choice(list(STATE_POINTS))
            value = random.choice(STATE_POINTS[name])
            put(file, "points", (name, random.randrange(len(file["points"]))), value)
        elif choice == "attribute":
            name = random.choice(list(STATE_ATTRIBUTES))
            value = random.choice(STATE_ATTRIBUTES[name])
            file.attrs.modify(name, np.asarray(value, dtype=file.attrs.get_id(name).dtype))
        elif choice == "set":
            name = random.choice(list(STATE_SETS))
            value = random.choice(STATE_SETS[name])
            if name == "landed":
                value = 0
                data = file[name][:]
                put(file, name, int(data.argmax()), value)
            else:
                put(file, name, random.randrange(file[name].size), value)
        elif choice == "origin":
            name, value = random.choice(("starts", "found")), random.choice((-1, HUGE, 10**7))
            put(file, "origins", (name, random.randrange(64)), value)
        else:
            name = random.choice(("points", "x", "landed", "round", "reasons", "origins", "count"))
            value = replace_set(random, file, name)
            if value == "scalar" and name == "landed":
                value = "gone"
    trial.say(f"{choice} {name} = {value!r}")
    yield Run([*SEARCH, "s"], True)


CHAIN_ATTRIBUTES = {"sample": (1, -1), "seed": (7,), "n": (-5, 9, 2**31 - 1), "n_temperatures": (0, 2, 2**31 - 1),
                    "n_ladders": (0, 4, 2**31 - 1), "phase": (-1, 1, 2, 3, 10**9), "layout": (0, 99), "sweep": (-1, 10**7, HUGE),
                    "looks": (-1, 5, HUGE), "looked": (-1, 1, 65), "seconds": (NAN, -1.0), "width": (0, -1, 7, HUGE)}


def thermo_states(trial):
    """States of Monte Carlo with numbers that cannot be."""
    random, state = trial.random, newest_state(trial, "c")
    with Edit(state) as file:
        choice = random.choice(("attribute", "head", "structure"))
        if choice == "attribute":
            name = random.choice(list(CHAIN_ATTRIBUTES))
            value = random.choice(CHAIN_ATTRIBUTES[name])
            file.attrs.modify(name, np.asarray(value, dtype=file.attrs.get_id(name).dtype))
        elif choice == "head":  # number of the pair, sweeps, flag, gradients, round trips, then a position
            name, value = random.choice((("number", 7), ("number", NAN), ("sweeps", 3), ("sweeps", INF), ("flag", 5), ("flag", NAN),
                                         ("gradients", -1), ("gradients", 1e300), ("trips", -1), ("trips", NAN),
                                         ("position", NAN), ("position", 1e9), ("position", INF)))
            where = ["number", "sweeps", "flag", "gradients", "trips", "position"].index(name)
            put(file, "pairs", where + (random.randrange(8) if name == "position" else 0), value)
        else:
            name, value = "pairs", replace_set(random, file, "pairs")
    trial.say(f"{choice} {name} = {value!r}")
    yield Run([*CHAIN, "c"], True)


# ---- files of other kinds ----

def campaign_json(trial):
    """campaign.json that says what cannot be, or what it may not."""
    random, path = trial.random, trial.copy("w") / "campaign.json"
    text = json.loads(path.read_text())
    what = random.choice(("N", "version", "filetype", "option", "line feed", "nested", "no JSON", "no options", "a list"))
    wrong = True
    if what == "N":
        text["options"]["-model_n"] = random.choice(("-5", "0", "1", "", "999999999", "2147483648", "6x", 6, None, {}, []))
    elif what == "version":
        text["format_version"] = random.choice((3, 1, -1, "2", None, 2.5))
    elif what == "filetype":
        text["filetype"] = random.choice(("kacrice theory", "", None, 3))
    elif what == "option":
        name = random.choice(("-log_view", "-log_all", "-options_file", "-malloc_view", "-campaign_out", "-help"))
        text["options"][name] = ":precious.txt" if name == "-log_view" else "precious.txt"
        wrong = None
    elif what == "line feed":
        text["options"][random.choice(("-census_missing", "-x\n-y"))] = "0.1\n\n-log_view\n-model_n 7\n"
        wrong = None
    elif what == "no options":
        text.pop("options")
    path.write_text({"nested": "[" * 100000, "no JSON": "{" + json.dumps(text)[5:], "a list": "[1, 2]"}.get(what, json.dumps(text)))
    trial.say(f"campaign.json: {what}: {str(text.get('options', {}).get('-model_n'))}")
    for words in random.sample((["status", "w"], ["merge", "w2", "w"], ["certify", "w"], [*CENSUS, "w"], ["index", "w"],
                                ["states", "w"], [*TAP[:-1], "t2"]), 2):
        yield Run(words, wrong)


def special_files(trial):
    """A FIFO, a folder, a device or a link in place of a file."""
    random, folder = trial.random, trial.copy("w")
    name, level, words = random.choice((
        ("samples/0000/s00000001.h5", COUNTS, None), ("campaign.json", True, ["merge", "w2", "w"]),
        ("campaign.json", True, ["status", "w"]), ("campaign.json", True, [*CENSUS, "w"]), ("runs/x.json", None, [*CENSUS, "w"]),
        ("runs/x.json", None, ["status", "w"]), ("status.h5", None, ["status", "w"]), ("failed/s00000009.json", None, ["status", "w"]),
        ("x.opts", True, ["census", "-options_file", "w/x.opts", "-campaign_out", "o"]),
        ("x.h5", True, ["census", "-model_couplings", "w/x.h5", "-campaign_out", "o"]), ("x.h5", True, ["inspect", "w/x.h5"])))
    path, what = folder / name, random.choice(("FIFO", "folder", "/dev/zero", "/dev/null", "link to itself", "link to nothing"))
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    if what == "FIFO":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    else:
        path.symlink_to({"link to itself": path.name, "link to nothing": "nothing"}.get(what, what))
    trial.say(f"{name}: {what}")
    if words is not None:
        yield Run(words, None if name == "x.opts" and what == "/dev/null" else
                  None if what == "link to nothing" and words[0] == "census" else level)
        return
    for run in readers(trial, COUNTS):
        if what == "link to nothing":
            run.wrong, run.codes = None, (1, 2)  # as if there were no such sample
        yield run


def couplings(trial):
    """Tensors that are none."""
    random, path = trial.random, trial.folder / "j.h5"
    tensor = np.random.default_rng(trial.random.randrange(2**32)).standard_normal((4, 4, 4))
    tensor = sum(tensor.transpose(p) for p in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))) / 6
    what = random.choice(("NaN", "infinite", "not symmetric", "not square", "flat", "of text", "empty", "scalar", "a group", "a bomb",
                          "outside", "linked", "virtual", "huge", "texts", "a length that is none", "another n", "two kinds"))
    with h5py.File(path, "w") as file:
        if what in ("NaN", "infinite", "not symmetric"):
            tensor[0, 1, 2] = {"NaN": NAN, "infinite": INF}.get(what, tensor[0, 1, 2] + 0.1)
            file["tensor_p3"] = tensor
        elif what in ("not square", "flat", "scalar"):
            file["tensor_p3"] = {"not square": tensor[:3], "flat": tensor.ravel(), "scalar": 1.0}[what]
        elif what == "of text":
            file["tensor_p3"] = np.array([[["1"] * 3] * 3] * 3, dtype=h5py.string_dtype())
        elif what == "empty":
            file["tensor_p3"] = h5py.Empty("f8") if random.random() < 0.5 else np.zeros((0, 0, 0))
        elif what == "a group":
            file.create_group("tensor_p3")
        elif what == "a bomb":
            file.create_dataset("tensor_p3", shape=(3000, 3000, 3000), dtype="f8", chunks=(100, 100, 100), compression="gzip")
        elif what == "huge":
            file.create_dataset("coefficients_p3", shape=(2**40,), dtype="f8", chunks=(1024,))
        elif what == "linked":
            file["tensor_p3"] = h5py.ExternalLink("/dev/zero", "/tensor_p3")
        elif what in ("virtual", "outside"):
            with h5py.File(trial.folder / "k.h5", "w") as other:
                other["tensor_p3"] = tensor
            if what == "virtual":
                layout = h5py.VirtualLayout(shape=tensor.shape, dtype="f8")
                layout[...] = h5py.VirtualSource(str(trial.folder / "k.h5"), "tensor_p3", shape=tensor.shape)
                file.create_virtual_dataset("tensor_p3", layout)
            else:
                (trial.folder / "bytes").write_bytes(tensor.tobytes())
                file.create_dataset("tensor_p3", shape=tensor.shape, dtype="f8",
                                    external=[(str(trial.folder / "bytes"), 0, tensor.nbytes)])
        elif what == "texts":
            file["tensor_p3"] = tensor
            file.attrs.create("filetype", ["kacrice tensors"] * random.choice((2, 3000)), dtype=h5py.string_dtype())
        elif what == "another n":
            file["coefficients_p3"] = np.ones(20)
            file["coefficients_p3"].attrs["n"] = random.choice((5, -4, 2**31 - 1, "4", [4, 4], h5py.Empty("i4")))
        elif what == "two kinds":
            file["tensor_p3"], file["coefficients_p3"] = tensor, np.ones(20)
        else:
            file["coefficients_p3"] = np.ones(21)
    trial.say(what)
    yield Run(["census", "-model_couplings", "j.h5", "-campaign_out", "o"], True)
    if what == "texts":
        yield Run(["inspect", "j.h5"], True)
        yield Run(["export", "-model_n", 4, "-export_out", "j.h5"], True)


def options(trial):
    """Words and options files that are no options."""
    random = trial.random
    where = ["census", "-campaign_samples", 1, "-model_n", 5, "-campaign_out", "o"]
    if random.random() < 0.5:
        name, value = random.choice((
            ("-model_n", ("-5", "1", "1e9", "x", "", "2147483648", "5.5", "nan")), ("-model_p", ("0", "-3", "99", "x")),
            ("-campaign_samples", ("-1", "0", "1e30", "5:1", "x")), ("-search_energy", ("1", "1:0", "nan:1", "a:b")),
            ("-census_missing", ("-1", "nan", "x", "1e999")), ("-campaign_bin_width", ("0", "-1", "nan", "1e-300")),
            ("-search_kind", ("none", "", "All")), ("-model_mixture", ("2:", "3", "2:nan", "0:1", "3:-1", "2:1,2:1")),
            ("-campaign_seed", ("-1", "1e30", "x")), ("-no_such_option", ("1",)), ("-model_couplings", ("nothing.h5", "."))))
        words = [*where, name, random.choice(value)]
        trial.say(f"{words[-2]} {words[-1]!r}")
        yield Run(words, True)
        return
    path = trial.folder / "x.opts"
    what = random.choice(("itself", "zeros", "long line", "unknown", "no value", "deep", "random"))
    content = {"itself": b"-options_file x.opts\n", "zeros": b"-model_p 3\0\n", "long line": b"-model_p " + b"3" * 10**6,
               "unknown": b"-no_such_option 1\n", "no value": b"-model_p\n", "deep": b"[" * 100000,
               "random": random.randbytes(200)}[what]
    path.write_bytes(content)
    trial.say(f"options file: {what}")
    yield Run([*where, "-options_file", "x.opts"], None if what in ("random", "deep", "long line") else True)


def temperatures(trial):
    """Temperatures and sizes that no run can have."""
    random = trial.random
    command, name, values = random.choice((
        ("thermo", "-thermo_temperatures", ("0", "-1,2", "nan", "1,1", "x", "", "2:1:0", "1e-400", "inf,1")),
        ("thermo", "-thermo_sweeps", ("0", "-1", "1e30")), ("thermo", "-thermo_ladders", ("1", "3", "0", "-2")),
        ("thermo", "-thermo_plant", ("-1", "nan", "1e-9")), ("thermo", "-thermo_quenches", ("-1", "nan")),
        ("tap", "-tap_temperature", ("0", "-1", "nan", "0.2,0.1", "x", "1,", ",")), ("tap", "-tap_starts", ("-1", "x"))))
    value = random.choice(values)
    trial.say(f"{command} {name} {value!r}")
    if command == "tap":
        trial.copy("w")
        words = ["tap", "w", "-tap_out", "t2", *([] if name.endswith("temperature") else ["-tap_temperature", "0.1"])]
    else:
        words = ["thermo", "-model_n", 8, "-campaign_samples", 1, "-campaign_out", "o"]
    yield Run([*words, name, value], True)


def names(trial):
    """Files with names of shards and states that are none, links out of the folder."""
    random, folder = trial.random, trial.copy("w")
    name = random.choice(("samples/0000/s-0000001.h5", "samples/0000/s99999999999999999999.h5", "samples/0000/s1.h5",
                          "samples/0009/s00000001.h5", "samples/0000/s0000000x.h5", "samples/x/s00000001.h5",
                          "running/s-1.h5", "running/s00000007.h5", "failed/s-1.json", "failed/s99999999999999999999.json",
                          "runs/\n.json", "runs/x\x1b[31m.json", "ensemble.h5.tmp.host.1", "campaign.json.tmp.host.x"))
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(random.choice((b"", b"{}", shard_of(folder).read_bytes())))
    trial.say(repr(name))
    for words in random.sample((["status", "w"], ["merge", "w2", "w"], [*CENSUS, "w"], ["index", "w"]), 2):
        yield Run(words, None)


def links(trial):
    """What the program writes must not go through links that others have put there."""
    random, folder = trial.random, trial.copy("w")
    name, words = random.choice((("ensemble.h5", [*CENSUS, "w"]), ("summary.json", [*CENSUS, "w"]), ("index.h5", ["index", "w"]),
                                 ("states.h5", ["states", "w"])))
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(trial.folder / "precious.txt")
    trial.say(name)
    yield Run(words, None)


def python_readers(trial):
    """ensemble.h5 and summary.json that are damaged, for report.py and kacrice_io.py."""
    random, folder = trial.random, trial.copy(trial.random.choice(("w", "h")))
    what = random.choice(("flipped", "gone", "set", "set", "attribute", "summary", "summary", "nested", "no JSON"))
    path, wrong = folder / "ensemble.h5", None
    if what == "flipped":
        data = bytearray(path.read_bytes())
        for _ in range(20):
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        path.write_bytes(data)
    elif what == "gone":
        random.choice((path, folder / "summary.json")).unlink()
        wrong = True
    elif what == "set":
        with Edit(path) as file:
            name = random.choice([name for name in file if file[name].ndim > 0 and file[name].size > 0])
            what = f"{name} {replace_set(random, file, name)}" if name not in ("landed",) else name
    elif what == "attribute":
        with Edit(path) as file:
            name = random.choice(list(file.attrs))
            what = f"{name} {replace_attribute(random, file, name)}"
    elif what == "summary":
        text = json.loads((folder / "summary.json").read_text())
        name = random.choice(list(text))
        text[name] = random.choice((None, "x", [], {}, -1, "1e999", [[]]))
        what = f"summary.json: {name} = {text[name]!r}"
        (folder / "summary.json").write_text(json.dumps(text))
    else:
        (folder / "summary.json").write_text("[" * 100000 if what == "nested" else "{")
        wrong = True
    trial.say(what)
    script = random.choice(("report.py", "kacrice_io.py"))
    yield Run([folder.name], wrong, reader=[sys.executable, "-B", str(ROOT / "scripts" / script)])


def campaign_files(trial):
    """Campaign files of jobs/submit.sh."""
    random, path = trial.random, trial.folder / "c.yaml"
    right = "model_p: 3\nmodel_n: 5\ncampaign_samples: 4\nresources:\n  mode: array\n  tasks: 1\n  nodes: 1\n  ranks: 1\n  time: 1:00:00\n  memory: 1G\n"
    what = random.choice(("line", "value", "deep", "random", "alias", "empty", "twice", "shell"))
    lines = right.splitlines()
    if what == "line":
        del lines[random.randrange(len(lines))]
    elif what == "value":
        at = random.randrange(len(lines))
        lines[at] = lines[at].split(":")[0] + ": " + random.choice(("-1", "[]", "{}", "null", "x" * 5000, "'", "1e999", "!!python/object:os.system x"))
    elif what == "alias":
        lines = ["a: &a [x, x]", *(f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]" for i in range(20))]
    elif what == "twice":
        lines += lines
    elif what == "shell":
        lines[1] = "model_n: \"$(touch precious.txt); `rm precious.txt`\""
    text = "\n".join(lines).encode() + b"\n"
    path.write_bytes({"deep": b"[" * 100000, "random": random.randbytes(300), "empty": b""}.get(what, text))
    (trial.folder / "site.env").write_text("KR_NODE_CORES=8 KR_NODE_MEMORY=16G KR_PARTITION=long\n")
    trial.say(what)
    yield Run(["--machine", "./site.env", "--dry-run", "c.yaml"], True if what in ("deep", "random", "empty", "shell", "alias") else None,
              reader=["bash", str(ROOT / "jobs/submit.sh")])


def random_bytes(trial):
    """Flipped bits in files without a seal."""
    random = trial.random
    if random.random() < 0.5:
        path = trial.copy("w") / "ensemble.h5"
        words = ["inspect", "w/ensemble.h5"]
    else:
        path = trial.folder / "j.h5"
        with h5py.File(path, "w") as file:
            file["tensor_p3"] = np.ones((4, 4, 4))
            file.attrs["filetype"] = "kacrice tensors"
            file.attrs["format_version"] = np.array([2, 2], dtype="i4")
        words = ["census", "-model_couplings", "j.h5", "-search_starts", 100, "-search_kind", "minima", "-campaign_samples", 1,
                 "-campaign_out", "o"]
    data = bytearray(path.read_bytes())
    for _ in range(random.choice((1, 5, 40))):
        data[random.randrange(len(data))] = random.randrange(256)
    path.write_bytes(data)
    trial.say(path.name)
    yield Run(words, None)


CLASSES = ["shard_numbers", "shard_structure", "outside", "foreign", "census_states", "thermo_states", "campaign_json",
           "special_files", "shard_counts", "shard_member", "options", "python_readers", "couplings", "thermo_shards", "tap_shards",
           "damaged", "campaign_files", "random_bytes", "temperatures", "names", "links"]
