"""Watching what streams through the gateways of this user: who runs, what they tell, and who is shown it. SHELL."""
