"""Metrics for Prometheus: what is read of the parts of a server when it is scraped.

`prometheus-client` is imported here and nowhere else.
"""
