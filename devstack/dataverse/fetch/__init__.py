"""FetchXML, the other query language of the platform."""
