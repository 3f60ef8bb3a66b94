"""A record that no one needs: written as CONTRIBUTING says, to see what a new record costs."""
