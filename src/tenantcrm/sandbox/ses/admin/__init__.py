"""What SES has no operation for: plans of faults, the allowance, proofs, and the ledger of mails.

Every path begins with ``/_``, which no path of SES does. For tests and for whoever wants to look.
"""
