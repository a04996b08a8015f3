"""What npjit did and why: events and their counts.

`events` may be imported anywhere in npjit, therefore this file imports nothing.
"""
