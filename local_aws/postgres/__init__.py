"""A Postgres server from a wheel, with TLS in front.

`postgres` starts, repairs and stops it, `server` is its process, `tls_front` the TLS that clients reach.
"""
