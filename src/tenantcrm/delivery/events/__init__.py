"""What is told of mails after they were sent: proved, kept once, applied in any order."""
