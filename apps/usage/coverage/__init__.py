"""How well sources report: what is noted of each batch, and the pure rules that judge it."""
