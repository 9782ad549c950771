"""Every query of campaigns, one noun a module."""
