"""What Dataverse has and the simulator lacks: named here, so that it is refused loudly."""
