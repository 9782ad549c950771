"""Every query of tenants, people, keys and operators, by what they are about."""
