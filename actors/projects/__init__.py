"""Projects: apps that generators make from prompts, their files, their versions and what runs for them."""
