"""The event half of the Dataverse simulator: what a write tells the registered webhooks."""
