"""Rows of ALMA's ObsCore table on their way into the index: read, check, derive, merge.

A file is read and checked to its end before anything is written, for a bad file changes nothing.  What is good then
goes into the index block by block, each in a transaction of its own that also notes how far the load is.
"""
