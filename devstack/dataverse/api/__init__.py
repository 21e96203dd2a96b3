"""The Web API itself: addresses, answers and what stands between them."""
