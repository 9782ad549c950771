"""Opens and clicks, for campaigns that ask for them: what goes into a mail, and what comes back.

Whoever reads a mail is sent on to exactly the address that its author wrote: it is inside the
signed token. What is counted is a hint and not a proof; ``docs/tracking.md`` says how good a one.
"""
