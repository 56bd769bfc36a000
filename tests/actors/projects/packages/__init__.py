"""Tests of Node, pnpm and the registries."""
