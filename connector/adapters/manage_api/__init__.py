"""What the page and the manage routes tell each other: shapes, checked at the edge."""
