"""Domains that tenants send from: set up by themselves, and looked at again and again."""
