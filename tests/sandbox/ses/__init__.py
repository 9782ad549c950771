"""The SES simulator, seen from outside: a process of its own and the real client."""
