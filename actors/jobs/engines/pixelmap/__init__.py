"""The `pixelmap` engine: structure from motion on the CPU, in a process of its own."""
