"""Campaigns as code: files compared with what an installation holds, and brought there.

It speaks to the API alone, with a key, as any other program would.
"""
