"""PostgreSQL and Redis from Python packages, for a demo and for tests.

Both need neither root nor a system package. They run as ordinary server processes and are
shared by every command of one checkout: the first user starts them, the last one stops them.
File locks count the users, so that a process which was killed leaves no wrong count behind.
"""
