"""Photogrammetry jobs: photos become a 3D model."""
