"""Figures, printed and never asserted: ratios against a baseline of the same run."""
