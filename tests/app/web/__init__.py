"""Tests of the page that shows a job, most of them in a real browser."""
