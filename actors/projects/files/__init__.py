"""The files of a project: walked, listed, read and packed, never outside of its directory.

What is in a project was written by programs that nobody trusts, and they may be writing still. So each step down holds
the descriptor of the directory above, no link is followed, and only plain files are ever opened.
"""
