"""The main job on real traffic, told on the terminal."""
