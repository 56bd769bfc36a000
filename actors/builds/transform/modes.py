"""The modes of what is in a workspace: its container runs as another user of the same group."""

DIRECTORY_MODE = 0o2775
FILE_MODE = 0o664
PROGRAM_MODE = 0o775
