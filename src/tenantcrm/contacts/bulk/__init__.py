"""Bulk actions: one change for many contacts, in batches, by whichever worker has a moment."""
