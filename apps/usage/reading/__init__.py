"""How bodies and files become lines and events: finding, opening, unpacking and reading them."""
