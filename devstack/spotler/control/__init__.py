"""What the API does not offer: act as a Spotler user, look inside, turn switches."""
