"""Dataverse's language: its Web API, which we read, and its webhooks, which wake us."""
