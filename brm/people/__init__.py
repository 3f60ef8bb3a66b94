"""Who works with the product: sign-in, sessions, invitations, handing over work, first set-up."""
