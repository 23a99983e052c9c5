"""What a request passes before moto answers it: access key, repeated calls, the access log, the metadata endpoint.

`server` puts the parts together. A new question to the local AWS itself, beside AWS's APIs, is a path in `metadata`.
"""
