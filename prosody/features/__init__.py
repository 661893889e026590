"""What is measured of the sound, frame by frame and turn by turn."""
