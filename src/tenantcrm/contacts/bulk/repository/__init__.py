"""Every query of bulk actions."""
