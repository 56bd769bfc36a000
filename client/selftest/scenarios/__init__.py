"""What is played against the agent: a module for each scenario, with the checks that judge it."""
