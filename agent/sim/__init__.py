"""What a SIM is: identities, numbering."""
