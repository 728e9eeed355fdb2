"""The local stack: an embedded PostgreSQL and S3 server under a small supervisor, for a laptop, the demo and the tests.

Production points `ALTIPLANO_DATABASE_URL` and `ALTIPLANO_S3_ENDPOINT` at real servers, and nothing here is started.
Nothing in this package imports Django: the settings ask it for addresses and secrets.
"""
