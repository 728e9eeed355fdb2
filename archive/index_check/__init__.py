"""Whether the index is whole: what one source of a MOUS says, held against all the others.

Each module compares one kind of thing.  They are asked for a chunk of MOUSs at a time, in sets, so that an archive of
any size takes the same memory; what only makes sense for the whole index is asked once.  Nothing is mended here.
"""
