"""The suite of the Dataverse simulator."""
