"""Tests of the files of projects."""
