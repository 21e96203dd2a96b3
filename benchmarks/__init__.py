"""How fast the connector is, each figure beside the raw limits of the parts it stands on."""
