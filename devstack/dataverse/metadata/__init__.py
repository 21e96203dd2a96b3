"""The metadata of the organisation, described as the Web API does."""
