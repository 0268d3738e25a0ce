"""The report of a campaign (scripts/report.py): reading, estimates, words, figures, page."""
