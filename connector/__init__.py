"""The connector between Dynamics 365 and Spotler Mail+: all that is deployed."""
