"""The load: two small C programs, made where there is a compiler, so that the client is never what is measured."""
