"""The engines that a job can run on, one module or folder each."""
