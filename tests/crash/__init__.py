"""The crash test: workers die at every step while mail goes out, and both ledgers are compared."""
