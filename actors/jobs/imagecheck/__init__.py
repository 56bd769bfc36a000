"""Is it a photo? Found out by decoding it, in a child process with little memory and little time."""
