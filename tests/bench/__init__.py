"""The benchmark: the same work on minflask, on Flask and on Bottle, in turn.

`make bench` runs it. Each contestant lives in a process of its own; in each
round each is timed in turn on a row, so that a slow moment of the machine
hits all alike. An answer is checked before anything is timed. Times are of
the processor, which other programs disturb least. Nothing here is a test.
"""
