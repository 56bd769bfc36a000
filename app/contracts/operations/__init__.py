"""Operations: is the server there, is it ready, and what does its API look like."""
