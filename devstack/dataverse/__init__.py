"""A strict simulator of Dataverse: its Web API, its metadata and its webhooks."""
