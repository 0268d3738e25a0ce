#!/usr/bin/env python3
"""Draws the figures of a campaign or a study and writes FOLDER/report.html, one file to read, print or send.

Usage: report.py FOLDER      FOLDER is the -campaign_out folder of a finished `kacrice census` or `kacrice thermo`,
                             or a study: a folder of such folders, of one model and several N

Needs python3 with h5py, numpy and matplotlib. Exit code 2, and one line on stderr, when the folder cannot be read or
written; nothing is half written then. docs/howto/report.md explains what the figures show.
"""
import argparse
import errno
import os
import pathlib
import sys
import tempfile


def collect_figures(campaign):
    """The figures that make sense for this campaign: (file name, heading, alternative text, caption, figure)."""
    from report import (captions, figure_completeness, figure_complexity, figure_energy, figure_index, figure_radial,
                        figure_spectrum)

    if campaign.n_samples == 0:
        return
    if len(campaign.points["index"]):
        figure, scores, known = figure_energy.draw(campaign)
        yield "energy_histogram", *captions.energy(campaign, scores, known), figure
    if len(campaign.points["index"]) and campaign.kind == "all":
        yield "index_energy", *captions.index(campaign), figure_index.draw(campaign)
    if campaign.minima_spectrum.sum() > 0:
        yield "minima_spectrum", *captions.spectrum(campaign), figure_spectrum.draw(campaign)
    yield "completeness", *captions.completeness(campaign), figure_completeness.draw(campaign)
    if len(campaign.points["index"]):
        yield "complexity", *captions.complexity(campaign), figure_complexity.draw(campaign)
    if len(campaign.mu_bin_edges) > 1 and len(campaign.points["index"]):
        yield "radial", *captions.radial(campaign), figure_radial.draw(campaign)


def collect_study_figures(study):
    """The figures of a study: (file name, heading, alternative text, caption, figure)."""
    from report import figure_size, study_captions

    if not study.entries:
        return
    yield "complexity_by_size", *study_captions.complexity(study), figure_size.draw_complexity(study)
    yield "minima_by_size", *study_captions.minima(study), figure_size.draw_minima(study)
    yield "complexity_by_energy", *study_captions.energies(study), figure_size.draw_energies(study)


def collect_thermo_figures(study, first):
    """The figures at T > 0, numbered from first on: (file name, heading, alternative text, caption, figure)."""
    from report import figure_thermo, thermo_captions

    if not len(study):
        return
    names = ["energy_temperature", "configurational_entropy", "overlap_distribution"]
    draws = [figure_thermo.draw_energy, figure_thermo.draw_entropy, figure_thermo.draw_overlaps]
    words = [thermo_captions.energy, thermo_captions.entropy, thermo_captions.overlaps]
    if any(campaign.adam_gibbs is not None for campaign in study):
        names.append("adam_gibbs")
        draws.append(figure_thermo.draw_adam_gibbs)
        words.append(thermo_captions.adam_gibbs)
    for number, (name, draw, caption) in enumerate(zip(names, draws, words), first):
        yield name, *caption(study, number), draw(study)


def render(figures, files):
    """(heading, SVG bytes, alternative text, caption) of each figure for the page; its PNG goes into files."""
    from report import style

    blocks = []
    for name, heading, alternative, caption, figure in figures:
        svg, files[f"{name}.png"] = style.render(figure)
        blocks.append((heading, svg, alternative, caption))
    return blocks


def make_report(folder):
    """Name -> bytes of everything the report of a campaign or a study consists of, and lines on what was left out."""
    import kacrice_io
    from report import names, page, study_page, style, thermo_page
    from report.campaign import Campaign
    from report.finite_size import Study
    from report.thermo import Thermo, ThermoStudy

    files, warnings = {}, []
    with style.pyplot.rc_context(style.SETTINGS):
        if kacrice_io.is_study(folder):
            study = Study(folder)
            blocks = render(collect_study_figures(study), files)
            thermo = render(collect_thermo_figures(study.thermo, len(blocks) + 1), files)
            text, warnings = study_page.build(study, blocks, thermo), study.warnings
        elif kacrice_io.type_of(folder) is kacrice_io.Thermo:
            study = ThermoStudy(folder, [Thermo(folder)])
            text = thermo_page.build(study, render(collect_thermo_figures(study, 1), files))
        else:
            campaign = Campaign(folder)
            text = page.build(campaign, render(collect_figures(campaign), files))
    files["report.html"] = names.shown(text).encode("utf-8")
    return files, warnings


def write_files(folder, files):
    """All files under temporary names first, then renamed: a full disk leaves the old report as it was."""
    temporaries = []
    for name in files:
        if (folder / name).is_dir():
            raise IsADirectoryError(errno.EISDIR, f"{name} is a folder", str(folder / name))
    try:
        for name, data in files.items():
            descriptor, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
            temporaries.append((temporary, folder / name))
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o666 & ~current_umask())
        while temporaries:
            os.replace(*temporaries[0])
            temporaries.pop(0)
    finally:
        for temporary, _ in temporaries:
            pathlib.Path(temporary).unlink(missing_ok=True)


def current_umask():
    """The mask for new files; mkstemp makes private ones."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def fail(message):
    """One line for the user, exit code 2."""
    print(f"kacrice: {message}", file=sys.stderr)
    sys.exit(2)


def main():
    """Reads, draws, writes."""
    sys.stdout.reconfigure(errors="surrogateescape")  # names of folders are told as they are, whatever their bytes
    parser = argparse.ArgumentParser(prog="report.py", description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="the -campaign_out folder of a finished kacrice census or thermo, or a "
                        "folder of them")
    folder = pathlib.Path(parser.parse_args().folder)
    try:
        from kacrice_io import ReadError, reading
        import matplotlib  # noqa: F401  (so that its absence is said here)
    except ImportError as error:
        fail(f"needs python3 with h5py, numpy and matplotlib ({error}): run scripts/install_deps.sh, or use the "
             "python3 that has them, such as /usr/bin/python3")
    try:
        with reading(folder):
            files, warnings = make_report(folder)
    except ReadError as error:
        fail(str(error))
    try:
        write_files(folder, files)
    except OSError as error:
        fail(f"cannot write to {folder}: {error.strerror}")
    for warning in warnings:
        print(f"report.py: left out: {warning}", file=sys.stderr)
    print(f"report: {(folder / 'report.html').resolve()}")


if __name__ == "__main__":
    main()
