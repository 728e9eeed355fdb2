"""Any selection of products as one tar or zip that is made while it is sent.

Nothing is written beforehand: with the size and the CRC-32 of every file known, each byte of the archive has its place
before the first is sent, so that any part of it can be asked for, by anybody, as often as one likes
(docs/decisions/0024-bundles-made-on-the-fly.md).
"""
