"""What people would pick instead: FastAPI under uvicorn, doing the same jobs; it runs in an environment of its own."""
