"""What npjit did and why: events and their counts; how far numbers are apart.

`events` and `values` may be imported anywhere in npjit, therefore this file imports
nothing.
"""
